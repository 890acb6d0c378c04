#include "sql/duckdb/duckdb_types.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "sql/uuid_text.h"

namespace daybook::sql {
namespace {

struct Pair {
  TypeId ours;
  duckdb_type theirs;
};

constexpr auto kPairs = std::to_array<Pair>({
    {TypeId::kBoolean, DUCKDB_TYPE_BOOLEAN},
    {TypeId::kTinyint, DUCKDB_TYPE_TINYINT},
    {TypeId::kSmallint, DUCKDB_TYPE_SMALLINT},
    {TypeId::kInteger, DUCKDB_TYPE_INTEGER},
    {TypeId::kBigint, DUCKDB_TYPE_BIGINT},
    {TypeId::kHugeint, DUCKDB_TYPE_HUGEINT},
    {TypeId::kUtinyint, DUCKDB_TYPE_UTINYINT},
    {TypeId::kUsmallint, DUCKDB_TYPE_USMALLINT},
    {TypeId::kUinteger, DUCKDB_TYPE_UINTEGER},
    {TypeId::kUbigint, DUCKDB_TYPE_UBIGINT},
    {TypeId::kFloat, DUCKDB_TYPE_FLOAT},
    {TypeId::kDouble, DUCKDB_TYPE_DOUBLE},
    {TypeId::kVarchar, DUCKDB_TYPE_VARCHAR},
    {TypeId::kUuid, DUCKDB_TYPE_UUID},
    {TypeId::kDate, DUCKDB_TYPE_DATE},
    {TypeId::kTime, DUCKDB_TYPE_TIME},
    {TypeId::kTimestamp, DUCKDB_TYPE_TIMESTAMP},
    {TypeId::kTimestampTz, DUCKDB_TYPE_TIMESTAMP_TZ},
});

template <class T>
T element(const void* data, std::size_t row) {
  T value;
  std::memcpy(&value, static_cast<const std::byte*>(data) + row * sizeof(T), sizeof(T));
  return value;
}

Int128 decimal_element(const void* data, int width, std::size_t row) {
  if (width <= 4) return element<std::int16_t>(data, row);
  if (width <= 9) return element<std::int32_t>(data, row);
  if (width <= 18) return element<std::int64_t>(data, row);
  return element<Int128>(data, row);
}

std::string_view string_element(const void* data, std::size_t row) {
  const auto& text = static_cast<const duckdb_string_t*>(data)[row];
  const auto size = text.value.inlined.length;
  return {size <= sizeof(text.value.inlined.inlined) ? text.value.inlined.inlined
                                                     : text.value.pointer.ptr,
          size};
}

}  // namespace

LogicalType logical_type(ColumnType type) {
  if (type.id == TypeId::kDecimal) {
    return LogicalType(duckdb_create_decimal_type(static_cast<std::uint8_t>(type.width),
                                                  static_cast<std::uint8_t>(type.scale)));
  }
  if (type.id == TypeId::kJson) {
    LogicalType json(duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR));
    duckdb_logical_type_set_alias(json.get(), "JSON");
    return json;
  }
  const auto found = std::ranges::find(kPairs, type.id, &Pair::ours);
  return LogicalType(duckdb_create_logical_type(found->theirs));
}

std::optional<ColumnType> column_type(duckdb_logical_type type) {
  const auto id = duckdb_get_type_id(type);
  if (id == DUCKDB_TYPE_DECIMAL) {
    return ColumnType{TypeId::kDecimal, duckdb_decimal_width(type), duckdb_decimal_scale(type)};
  }
  if (id == DUCKDB_TYPE_VARCHAR) {
    char* alias = duckdb_logical_type_get_alias(type);
    const bool is_json = alias != nullptr && std::string_view(alias) == "JSON";
    duckdb_free(alias);
    return ColumnType{is_json ? TypeId::kJson : TypeId::kVarchar};
  }
  const auto found = std::ranges::find(kPairs, id, &Pair::theirs);
  if (found == kPairs.end()) return std::nullopt;
  return ColumnType{found->ours};
}

VectorView view_of(duckdb_vector vector) {
  return {duckdb_vector_get_data(vector), duckdb_vector_get_validity(vector)};
}

void read_element(const VectorView& vector, ColumnType type, std::size_t row, Cell& cell) {
  if (!vector.is_valid(row)) return cell.set_null();
  const void* data = vector.data;
  switch (type.id) {
    case TypeId::kBoolean:
    case TypeId::kUtinyint:
      return cell.set_integer(element<std::uint8_t>(data, row));
    case TypeId::kTinyint:
      return cell.set_integer(element<std::int8_t>(data, row));
    case TypeId::kSmallint:
      return cell.set_integer(element<std::int16_t>(data, row));
    case TypeId::kUsmallint:
      return cell.set_integer(element<std::uint16_t>(data, row));
    case TypeId::kInteger:
    case TypeId::kDate:
      return cell.set_integer(element<std::int32_t>(data, row));
    case TypeId::kUinteger:
      return cell.set_integer(element<std::uint32_t>(data, row));
    case TypeId::kBigint:
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
      return cell.set_integer(element<std::int64_t>(data, row));
    case TypeId::kUbigint:
      return cell.set_integer(element<std::uint64_t>(data, row));
    case TypeId::kHugeint:
      return cell.set_integer(element<Int128>(data, row));
    case TypeId::kDecimal:
      return cell.set_integer(decimal_element(data, type.width, row));
    case TypeId::kFloat:
      return cell.set_real(static_cast<double>(element<float>(data, row)));
    case TypeId::kDouble:
      return cell.set_real(element<double>(data, row));
    case TypeId::kVarchar:
    case TypeId::kJson:
      return cell.set_text(string_element(data, row));
    case TypeId::kUuid:
      return cell.set_text(uuid_text(element<Int128>(data, row)));
  }
}

}  // namespace daybook::sql
