#include "sql/column_type.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>
#include <utility>

namespace daybook::sql {
namespace {

constexpr int kMaxDecimalWidth = 38;
constexpr ColumnType kDefaultDecimal{TypeId::kDecimal, 18, 3};  // as in DuckDB

struct Spelling {
  std::string_view text;
  TypeId id;
};

// The first spelling of a type is the one that is written.
constexpr auto kSpellings = std::to_array<Spelling>({
    {"BOOLEAN", TypeId::kBoolean},
    {"BOOL", TypeId::kBoolean},
    {"LOGICAL", TypeId::kBoolean},
    {"TINYINT", TypeId::kTinyint},
    {"INT1", TypeId::kTinyint},
    {"SMALLINT", TypeId::kSmallint},
    {"INT2", TypeId::kSmallint},
    {"SHORT", TypeId::kSmallint},
    {"INTEGER", TypeId::kInteger},
    {"INT", TypeId::kInteger},
    {"INT4", TypeId::kInteger},
    {"SIGNED", TypeId::kInteger},
    {"BIGINT", TypeId::kBigint},
    {"INT8", TypeId::kBigint},
    {"LONG", TypeId::kBigint},
    {"HUGEINT", TypeId::kHugeint},
    {"INT128", TypeId::kHugeint},
    {"UTINYINT", TypeId::kUtinyint},
    {"USMALLINT", TypeId::kUsmallint},
    {"UINTEGER", TypeId::kUinteger},
    {"UBIGINT", TypeId::kUbigint},
    {"FLOAT", TypeId::kFloat},
    {"FLOAT4", TypeId::kFloat},
    {"REAL", TypeId::kFloat},
    {"DOUBLE", TypeId::kDouble},
    {"FLOAT8", TypeId::kDouble},
    {"DOUBLE PRECISION", TypeId::kDouble},
    {"DECIMAL", TypeId::kDecimal},
    {"NUMERIC", TypeId::kDecimal},
    {"VARCHAR", TypeId::kVarchar},
    {"TEXT", TypeId::kVarchar},
    {"STRING", TypeId::kVarchar},
    {"CHAR", TypeId::kVarchar},
    {"BPCHAR", TypeId::kVarchar},
    {"JSON", TypeId::kJson},
    {"UUID", TypeId::kUuid},
    {"DATE", TypeId::kDate},
    {"TIME", TypeId::kTime},
    {"TIMESTAMP", TypeId::kTimestamp},
    {"DATETIME", TypeId::kTimestamp},
    {"TIMESTAMP WITH TIME ZONE", TypeId::kTimestampTz},
    {"TIMESTAMPTZ", TypeId::kTimestampTz},
});

// Upper case, single spaces, nothing around.
std::string normalised(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      if (!out.empty() && out.back() != ' ') out += ' ';
    } else {
      out += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

std::optional<int> parse_int(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<ColumnType> parse_decimal_type(std::string_view arguments) {
  const auto comma = arguments.find(',');
  const auto width = parse_int(arguments.substr(0, comma));
  const auto scale =
      comma == std::string_view::npos ? std::optional(0) : parse_int(arguments.substr(comma + 1));
  if (!width || !scale || *width < 1 || *width > kMaxDecimalWidth) return std::nullopt;
  if (*scale < 0 || *scale > *width) return std::nullopt;
  return ColumnType{TypeId::kDecimal, *width, *scale};
}

}  // namespace

std::string to_text(ColumnType type) {
  const auto found = std::ranges::find(kSpellings, type.id, &Spelling::id);
  std::string text(found->text);
  if (type.id == TypeId::kDecimal) {
    text += "(" + std::to_string(type.width) + "," + std::to_string(type.scale) + ")";
  }
  return text;
}

Result<ColumnType> parse_type(std::string_view text) {
  const auto wanted = normalised(text);
  const auto parenthesis = wanted.find('(');
  std::string_view name = std::string_view(wanted).substr(0, parenthesis);
  while (name.ends_with(' ')) name.remove_suffix(1);
  const auto found = std::ranges::find(kSpellings, name, &Spelling::text);
  if (found == kSpellings.end()) {
    return fail(ErrorCode::kUnsupported, "column type " + std::string(text) +
                                             " is not supported: use VARCHAR, JSON, BOOLEAN, "
                                             "INTEGER, BIGINT, DOUBLE, DECIMAL(p,s), DATE, "
                                             "TIMESTAMP, TIMESTAMPTZ or UUID");
  }
  if (found->id != TypeId::kDecimal) {
    const bool sized_text = found->id == TypeId::kVarchar && wanted.ends_with(')');
    if (parenthesis != std::string::npos && !sized_text) {
      return fail(ErrorCode::kInvalid,
                  "column type " + std::string(text) + " takes nothing in parentheses");
    }
    return ColumnType{found->id};
  }
  if (parenthesis == std::string::npos) return kDefaultDecimal;
  const auto inside = std::string_view(wanted).substr(parenthesis + 1);
  const auto type = inside.ends_with(')') ? parse_decimal_type(inside.substr(0, inside.size() - 1))
                                          : std::nullopt;
  if (!type) {
    return fail(ErrorCode::kInvalid, "column type " + std::string(text) +
                                         " is wrong: write DECIMAL(p,s) with 1 <= p <= 38 and "
                                         "0 <= s <= p");
  }
  return *type;
}

}  // namespace daybook::sql
