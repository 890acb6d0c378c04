#include "flow/row_record.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json_text.h"
#include "base/units.h"
#include "sql/rows/cell_json.h"

namespace daybook::flow {
namespace {

using sql::TypeId;

bool is_whole_number(TypeId id) {
  switch (id) {
    case TypeId::kTinyint:
    case TypeId::kSmallint:
    case TypeId::kInteger:
    case TypeId::kBigint:
    case TypeId::kHugeint:
    case TypeId::kUtinyint:
    case TypeId::kUsmallint:
    case TypeId::kUinteger:
    case TypeId::kUbigint:
      return true;
    default:
      return false;
  }
}

bool is_timestamp(TypeId id) {
  return id == TypeId::kTimestamp || id == TypeId::kTimestampTz;
}

std::unexpected<Error> wrong_type(const sql::ResultColumn& column, const char* wanted) {
  return fail(ErrorCode::kInvalid, "column " + column.name + " must be " + wanted + ", not " +
                                       sql::to_text(column.type) + ": cast it");
}

Status check_type(const sql::ResultColumn& column) {
  const auto id = column.type.id;
  if (column.name == "_timestamp" && !is_timestamp(id) && id != TypeId::kBigint) {
    return wrong_type(column, "a TIMESTAMP or a BIGINT of milliseconds");
  }
  if (column.name == "_partition" && !is_whole_number(id)) {
    return wrong_type(column, "a whole number");
  }
  if ((column.name == "_headers" || column.name == "_value") && id != TypeId::kJson &&
      id != TypeId::kVarchar) {
    return wrong_type(column, "JSON or VARCHAR");
  }
  return {};
}

}  // namespace

void RowRecord::clear() {
  record = 0;
  query = 0;
  order = 0;
  outputs = 0;
  key.reset();
  timestamp.reset();
  headers.reset();
  partition.reset();
}

Result<RowShape> RowShape::of(const std::vector<sql::ResultColumn>& result,
                              std::size_t conditions) {
  RowShape shape;
  shape.result_ = result;
  shape.first_condition_ = result.size() - conditions;
  const std::pair<std::string_view, std::size_t*> reserved[] = {{"_key", &shape.key_},
                                                                {"_timestamp", &shape.timestamp_},
                                                                {"_headers", &shape.headers_},
                                                                {"_partition", &shape.partition_},
                                                                {"_value", &shape.value_}};
  for (std::size_t i = 1; i < shape.first_condition_; ++i) {
    const auto& column = result[i];
    const auto earlier = std::span(result).subspan(1, i - 1);
    if (std::ranges::find(earlier, column.name, &sql::ResultColumn::name) != earlier.end()) {
      return fail(ErrorCode::kInvalid,
                  "two columns are named " + column.name + ": give each its own name with AS");
    }
    const auto* found =
        std::ranges::find(reserved, column.name, &std::pair<std::string_view, std::size_t*>::first);
    if (found != std::end(reserved)) {
      DAYBOOK_TRY_VOID(check_type(column));
      *found->second = i;
      continue;
    }
    if (column.name.starts_with('_')) {
      return fail(ErrorCode::kInvalid,
                  "column " + column.name +
                      ": of names that begin with _ there are _key, _timestamp, _headers, "
                      "_partition and _value: give it another one with AS");
    }
    Field field{i, column.type, shape.fields_.empty() ? "" : ","};
    append_json_text(column.name, field.prefix);
    field.prefix += ':';
    shape.fields_.push_back(std::move(field));
    shape.columns_.push_back({column.name, sql::to_text(column.type), false});
  }
  if (shape.fields_.empty() == (shape.value_ == kNone)) {
    return fail(ErrorCode::kInvalid,
                shape.fields_.empty() ? "no column makes the value: select one, or _value"
                                      : "_value is the whole value: leave the other columns out");
  }
  return shape;
}

bool RowShape::same_columns(const RowShape& other) const {
  return std::ranges::equal(std::span(result_).first(first_condition_),
                            std::span(other.result_).first(other.first_condition_));
}

std::optional<std::string> RowShape::make(const sql::Rows& rows, std::size_t row, RowRecord& out) {
  out.outputs = ~std::uint64_t{0};
  for (std::size_t i = first_condition_; i < result_.size(); ++i) {
    rows.read(i, row, cell_);
    if (!cell_.is_null() && cell_.integer != 0) continue;
    out.outputs &= ~(std::uint64_t{1} << (i - first_condition_));
  }
  if (key_ != kNone) {
    rows.read(key_, row, cell_);
    out.key.emplace();
    if (!cell_.is_null()) {
      sql::append_plain(cell_, result_[key_].type, out.key->emplace());
    }
  }
  if (auto fault = make_timestamp(rows, row, out)) return fault;
  if (auto fault = make_headers(rows, row, out)) return fault;
  if (auto fault = make_partition(rows, row, out)) return fault;
  make_value(rows, row, out);
  return std::nullopt;
}

std::optional<std::string> RowShape::make_timestamp(const sql::Rows& rows, std::size_t row,
                                                    RowRecord& out) {
  if (timestamp_ == kNone) return std::nullopt;
  rows.read(timestamp_, row, cell_);
  if (cell_.is_null()) return "_timestamp is NULL";
  auto value = static_cast<std::int64_t>(cell_.integer);
  if (is_timestamp(result_[timestamp_].type.id)) value /= kMicrosPerMs;
  if (value <= 0) return "_timestamp is not after 1970-01-01";
  out.timestamp = TimestampMs{value};
  return std::nullopt;
}

std::optional<std::string> RowShape::make_headers(const sql::Rows& rows, std::size_t row,
                                                  RowRecord& out) {
  if (headers_ == kNone) return std::nullopt;
  rows.read(headers_, row, cell_);
  auto& headers = out.headers.emplace();
  if (cell_.is_null()) return std::nullopt;
  const auto object = nlohmann::ordered_json::parse(cell_.text, nullptr, false);
  if (!object.is_object()) return "_headers is not a JSON object";
  for (const auto& [name, value] : object.items()) {
    if (!value.is_string() && !value.is_null()) {
      return "_headers: the value of " + name + " is not text: cast it to VARCHAR";
    }
    headers.emplace_back(name, value.is_null() ? Text() : Text(value.get<std::string>()));
  }
  return std::nullopt;
}

std::optional<std::string> RowShape::make_partition(const sql::Rows& rows, std::size_t row,
                                                    RowRecord& out) {
  if (partition_ == kNone) return std::nullopt;
  rows.read(partition_, row, cell_);
  if (cell_.is_null()) return std::nullopt;
  if (cell_.integer < 0 || cell_.integer > std::numeric_limits<std::int32_t>::max()) {
    return "_partition is " + sql::to_text(cell_.integer);
  }
  out.partition = static_cast<std::int32_t>(cell_.integer);
  return std::nullopt;
}

void RowShape::make_value(const sql::Rows& rows, std::size_t row, RowRecord& out) {
  if (value_ != kNone) {
    rows.read(value_, row, cell_);
    if (cell_.is_null()) {
      out.value.reset();
    } else {
      out.value = cell_.text;
    }
    return;
  }
  if (!out.value) out.value.emplace();
  auto& text = *out.value;
  text = '{';
  for (const auto& field : fields_) {
    text += field.prefix;
    rows.read(field.column, row, cell_);
    sql::append_json(cell_, field.type, text);
  }
  text += '}';
}

}  // namespace daybook::flow
