#include "flow/schema/connect_columns.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>

#include "sql/column_type.h"

namespace daybook::flow {
namespace {

using Json = nlohmann::json;
using sql::TypeId;

constexpr int kMostDigits = 38;
constexpr const char* kUnscaled = "unscaled";

struct Known {
  std::string_view name;
  const char* type;
  const char* form = "";
};

constexpr auto kLogicalTypes = std::to_array<Known>({
    {"org.apache.kafka.connect.data.Date", "DATE"},
    {"org.apache.kafka.connect.data.Time", "TIME", "millis"},
    {"org.apache.kafka.connect.data.Timestamp", "TIMESTAMP", "millis"},
    {"io.debezium.time.Date", "DATE"},
    {"io.debezium.time.Time", "TIME", "millis"},
    {"io.debezium.time.MicroTime", "TIME", "micros"},
    {"io.debezium.time.NanoTime", "TIME", "nanos"},
    {"io.debezium.time.Timestamp", "TIMESTAMP", "millis"},
    {"io.debezium.time.MicroTimestamp", "TIMESTAMP", "micros"},
    {"io.debezium.time.NanoTimestamp", "TIMESTAMP", "nanos"},
    {"io.debezium.time.IsoTimestamp", "TIMESTAMP"},
    {"io.debezium.time.ZonedTimestamp", "TIMESTAMP WITH TIME ZONE"},
    {"io.debezium.data.VariableScaleDecimal", "VARCHAR", "scaled"},
    {"io.debezium.data.Json", "JSON"},
    {"io.debezium.data.Uuid", "UUID"},
});

constexpr auto kTypes = std::to_array<Known>({
    {"boolean", "BOOLEAN"},
    {"int8", "TINYINT"},
    {"int16", "SMALLINT"},
    {"int32", "INTEGER"},
    {"int64", "BIGINT"},
    {"float", "FLOAT"},
    {"float32", "FLOAT"},
    {"double", "DOUBLE"},
    {"float64", "DOUBLE"},
    {"array", "JSON"},
    {"map", "JSON"},
    {"struct", "JSON"},
});

std::string text_at(const Json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::optional<int> number_at(const Json& object, const char* name) {
  const auto text = text_at(object, name);
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// Of more digits than a DECIMAL has the base64 is what is left.
client::Column decimal(std::string name, const Json& field) {
  const auto parameters = field.value("parameters", Json());
  const auto scale = number_at(parameters, "scale");
  const int precision = number_at(parameters, "connect.decimal.precision").value_or(kMostDigits);
  const bool fits = scale && *scale >= 0 && precision <= kMostDigits && *scale <= precision;
  if (!fits) return {std::move(name), "VARCHAR"};
  return {std::move(name), to_text(sql::ColumnType{TypeId::kDecimal, precision, *scale}), false,
          kUnscaled};
}

client::Column column_of(const Json& field) {
  auto name = text_at(field, "field");
  const auto logical = text_at(field, "name");
  if (logical == "org.apache.kafka.connect.data.Decimal") return decimal(std::move(name), field);
  const auto is_logical = std::ranges::find(kLogicalTypes, logical, &Known::name);
  if (is_logical != kLogicalTypes.end()) {
    return {std::move(name), is_logical->type, false, is_logical->form};
  }
  const auto known = std::ranges::find(kTypes, text_at(field, "type"), &Known::name);
  return {std::move(name), known == kTypes.end() ? "VARCHAR" : known->type};
}

const Json* fields_of(const Json& object) {
  const auto found = object.is_object() ? object.find("fields") : object.end();
  return found != object.end() && found->is_array() ? &*found : nullptr;
}

constexpr std::array kWholeNumbers{TypeId::kTinyint, TypeId::kSmallint, TypeId::kInteger,
                                   TypeId::kBigint};

std::optional<sql::ColumnType> wider(sql::ColumnType one, sql::ColumnType other) {
  const auto rank = [](sql::ColumnType type) {
    return std::ranges::find(kWholeNumbers, type.id) - kWholeNumbers.begin();
  };
  if (std::max(rank(one), rank(other)) < std::ssize(kWholeNumbers)) {
    return rank(one) < rank(other) ? other : one;
  }
  if (one.is_real() && other.is_real()) return sql::ColumnType{TypeId::kDouble};
  if (one.id != TypeId::kDecimal || other.id != TypeId::kDecimal) return std::nullopt;
  const int scale = std::max(one.scale, other.scale);
  const int width = scale + std::max(one.width - one.scale, other.width - other.scale);
  if (width > kMostDigits) return std::nullopt;
  return sql::ColumnType{TypeId::kDecimal, width, scale};
}

}  // namespace

std::vector<client::Column> connect_columns(const Json& schema) {
  std::vector<client::Column> columns;
  const auto* parts = fields_of(schema);
  if (parts == nullptr) return columns;
  for (const auto& part : *parts) {
    const auto* fields = text_at(part, "field") == "after" ? fields_of(part) : nullptr;
    if (fields == nullptr) continue;
    for (const auto& field : *fields) columns.push_back(column_of(field));
  }
  return columns;
}

client::Column wider(const client::Column& one, const client::Column& other) {
  const bool is_key = one.is_key || other.is_key;
  const auto first = sql::parse_type(one.type);
  const auto second = sql::parse_type(other.type);
  if (first && second && one.form == other.form) {
    const auto type = *first == *second ? *first : wider(*first, *second);
    if (type) return {one.name, to_text(*type), is_key, one.form};
  }
  return {one.name, "VARCHAR", is_key};
}

}  // namespace daybook::flow
