#include "sources/kinds/postgres/given/given_table.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "sources/kinds/postgres/protocol/pgoutput.h"
#include "sources/kinds/postgres/protocol/type_ids.h"

namespace daybook::sources::postgres {
namespace {

constexpr int kMaxPrecision = 1'000;  // of PostgreSQL's NUMERIC
constexpr std::string_view kPrimaryKey = " primary key";

// PostgreSQL's built-in types, by all of their names.
const std::map<std::string, std::uint32_t, std::less<>>& known_types() {
  static const std::map<std::string, std::uint32_t, std::less<>> types = {
      {"boolean", type_id::kBool},
      {"bool", type_id::kBool},
      {"bytea", type_id::kBytea},
      {"bigint", type_id::kInt8},
      {"int8", type_id::kInt8},
      {"smallint", type_id::kInt2},
      {"int2", type_id::kInt2},
      {"integer", type_id::kInt4},
      {"int", type_id::kInt4},
      {"int4", type_id::kInt4},
      {"text", type_id::kText},
      {"json", type_id::kJson},
      {"real", type_id::kFloat4},
      {"float4", type_id::kFloat4},
      {"double precision", type_id::kFloat8},
      {"float8", type_id::kFloat8},
      {"char", type_id::kBpchar},
      {"character", type_id::kBpchar},
      {"varchar", type_id::kVarchar},
      {"character varying", type_id::kVarchar},
      {"date", type_id::kDate},
      {"time", type_id::kTime},
      {"timestamp", type_id::kTimestamp},
      {"timestamp without time zone", type_id::kTimestamp},
      {"timestamptz", type_id::kTimestamptz},
      {"timestamp with time zone", type_id::kTimestamptz},
      {"numeric", type_id::kNumeric},
      {"decimal", type_id::kNumeric},
      {"uuid", type_id::kUuid},
      {"jsonb", type_id::kJsonb},
  };
  return types;
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// "14,2" or "14": NUMERIC's type modifier.
std::optional<std::int32_t> numeric_modifier(std::string_view inside) {
  const auto comma = inside.find(',');
  const auto number = [](std::string_view text) -> std::optional<int> {
    text = trimmed(text);
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool is_whole = error == std::errc() && end == text.data() + text.size();
    return is_whole && value >= 0 && value <= kMaxPrecision ? std::optional(value) : std::nullopt;
  };
  const auto precision = number(inside.substr(0, comma));
  const auto scale =
      comma == std::string_view::npos ? std::optional(0) : number(inside.substr(comma + 1));
  if (!precision || !scale || *precision == 0 || *scale > *precision) return std::nullopt;
  return ((*precision << 16) | *scale) + 4;
}

struct BuiltinType {
  std::uint32_t id = 0;
  std::int32_t modifier = -1;
};

std::optional<BuiltinType> builtin_type(std::string_view text) {
  const auto open = text.find('(');
  const auto known = known_types().find(trimmed(text.substr(0, open)));
  if (known == known_types().end()) return std::nullopt;
  BuiltinType type{.id = known->second};
  if (open == std::string_view::npos) return type;
  if (!text.ends_with(')')) return std::nullopt;
  if (type.id != type_id::kNumeric) return type;  // the length of text, the digits of seconds
  const auto modifier = numeric_modifier(text.substr(open + 1, text.size() - open - 2));
  if (!modifier) return std::nullopt;
  type.modifier = *modifier;
  return type;
}

}  // namespace

Result<GivenTable> given_table(const TableName& name, const std::string& topic,
                               const std::vector<std::pair<std::string, std::string>>& columns,
                               DecimalForm decimals) {
  GivenTable given;
  given.table.name = name;
  given.table.topic = topic;
  if (columns.empty() || columns.size() > kMaxColumns) {
    return fail(ErrorCode::kInvalid, fmt::format("table {}: write 1 to {} columns, each NAME: TYPE",
                                                 name.text(), kMaxColumns));
  }
  for (const auto& [column, written] : columns) {
    const std::string lowered = lower(written);
    std::string_view text = trimmed(lowered);
    if (text.ends_with(kPrimaryKey)) {
      text = trimmed(text.substr(0, text.size() - kPrimaryKey.size()));
      given.table.key.push_back({given.table.columns.size(), std::string(text), ""});
    }
    const auto type = builtin_type(text);
    if (!type) {
      return fail(ErrorCode::kInvalid,
                  fmt::format("table {}: column \"{}\" has the unknown type '{}': write one of "
                              "PostgreSQL's own, such as bigint, numeric(14,2) or timestamptz; any "
                              "other is captured as text",
                              name.text(), column, written));
    }
    given.types.emplace_back(text);
    given.table.columns.push_back(
        {column, type->id, type->modifier, column_type(type->id, type->modifier, decimals)});
  }
  if (!given.table.key.empty()) return given;
  return fail(ErrorCode::kInvalid,
              fmt::format("table {} has no primary key: write it behind the type, as in "
                          "{{id: bigint primary key}}",
                          name.text()));
}

}  // namespace daybook::sources::postgres
