#include "views/cell_storage.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "sql/calendar.h"

namespace daybook::views {
namespace {

using sql::Cell;
using sql::ColumnType;
using sql::Int128;
using sql::TypeId;

constexpr const char* kNan = "NaN";
constexpr const char* kUtc = "+00";
constexpr int kMaxDigits = 39;
constexpr std::size_t kWideBytes = 16;

bool fits_64(Int128 value) {
  return value >= std::numeric_limits<std::int64_t>::min() &&
         value <= std::numeric_limits<std::int64_t>::max();
}

bool is_wide(ColumnType type) {
  return type.id == TypeId::kHugeint || type.id == TypeId::kUbigint ||
         (type.id == TypeId::kDecimal && type.width > 18);
}

void bind_real(sqlite::Statement& statement, int parameter, double value) {
  if (std::isnan(value)) {
    statement.bind(parameter, std::string_view(kNan));
  } else {
    statement.bind(parameter, value);
  }
}

// The text of what is counted in whole numbers but not shown as one.
bool make_text(ColumnType type, Int128 value, std::string& text) {
  switch (type.id) {
    case TypeId::kDecimal:
      text = sql::to_text(value, type.scale);
      return true;
    case TypeId::kDate:
      text = sql::date_text(static_cast<std::int64_t>(value));
      return true;
    case TypeId::kTime:
      text = sql::time_text(static_cast<std::int64_t>(value));
      return true;
    case TypeId::kTimestamp:
      text = sql::timestamp_text(static_cast<std::int64_t>(value));
      return true;
    case TypeId::kTimestampTz:
      text = sql::timestamp_text(static_cast<std::int64_t>(value)) + kUtc;
      return true;
    default:
      if (fits_64(value)) return false;
      text = sql::to_text(value);
      return true;
  }
}

std::optional<Int128> parse_counted(std::string_view text, ColumnType type) {
  switch (type.id) {
    case TypeId::kBoolean:
      if (text == "true" || text == "1") return 1;
      if (text == "false" || text == "0") return 0;
      return std::nullopt;
    case TypeId::kDecimal:
      return sql::parse_decimal(text, kMaxDigits, type.scale);
    case TypeId::kDate:
      return sql::parse_date(text);
    case TypeId::kTime:
      return sql::parse_time(text);
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
      return sql::parse_timestamp(text);
    default:
      return sql::parse_decimal(text, kMaxDigits, 0);
  }
}

std::optional<double> parse_real(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::unexpected<Error> corrupt(const sqlite::Statement& statement, int column, ColumnType type) {
  return fail(ErrorCode::kCorrupt, "column " + statement.column_name(column) + " holds '" +
                                       std::string(statement.text(column)) + "', not a " +
                                       to_text(type));
}

}  // namespace

void bind_shown(sqlite::Statement& statement, int parameter, ColumnType type, const Cell& cell,
                std::string& scratch) {
  switch (cell.kind) {
    case Cell::Kind::kNull:
      return statement.bind_null(parameter);
    case Cell::Kind::kReal:
      return bind_real(statement, parameter, cell.real);
    case Cell::Kind::kText:
      return statement.bind(parameter, std::string_view(cell.text));
    case Cell::Kind::kInteger:
      if (make_text(type, cell.integer, scratch)) {
        statement.bind(parameter, std::string_view(scratch));
      } else {
        statement.bind(parameter, static_cast<std::int64_t>(cell.integer));
      }
  }
}

Value shown_value(ColumnType type, const Cell& cell) {
  switch (cell.kind) {
    case Cell::Kind::kNull:
      return std::monostate();
    case Cell::Kind::kReal:
      if (std::isnan(cell.real)) return std::string(kNan);
      return cell.real;
    case Cell::Kind::kText:
      return cell.text;
    case Cell::Kind::kInteger:
      break;
  }
  std::string text;
  if (make_text(type, cell.integer, text)) return text;
  return static_cast<std::int64_t>(cell.integer);
}

Status load_shown(const sqlite::Statement& statement, int column, ColumnType type, Cell& cell) {
  using Type = sqlite::Statement::Type;
  switch (statement.type(column)) {
    case Type::kNull:
      cell.set_null();
      return {};
    case Type::kInteger:
      // A REAL without a fraction may come back as an integer.
      if (type.is_real()) {
        cell.set_real(statement.real(column));
      } else {
        cell.set_integer(statement.integer(column));
      }
      return {};
    case Type::kReal:
      cell.set_real(statement.real(column));
      return {};
    default:
      break;
  }
  if (type.is_text()) {
    cell.set_text(statement.text(column));
  } else if (type.is_real()) {
    if (statement.text(column) != kNan) return corrupt(statement, column, type);
    cell.set_real(std::nan(""));
  } else {
    const auto value = parse_counted(statement.text(column), type);
    if (!value) return corrupt(statement, column, type);
    cell.set_integer(*value);
  }
  return {};
}

void bind_ordered(sqlite::Statement& statement, int parameter, ColumnType type, const Cell& cell,
                  std::string& scratch) {
  if (cell.kind != Cell::Kind::kInteger)
    return bind_shown(statement, parameter, type, cell, scratch);
  if (!is_wide(type)) return statement.bind(parameter, static_cast<std::int64_t>(cell.integer));
  auto rest = static_cast<sql::UInt128>(cell.integer) ^ (sql::UInt128{1} << 127);
  scratch.resize(kWideBytes);
  for (std::size_t i = kWideBytes; i-- > 0; rest >>= 8) scratch[i] = static_cast<char>(rest & 0xFF);
  statement.bind_blob(parameter, scratch);
}

Status load_ordered(const sqlite::Statement& statement, int column, ColumnType type, Cell& cell) {
  using Type = sqlite::Statement::Type;
  if (statement.type(column) == Type::kInteger && !type.is_real()) {
    cell.set_integer(statement.integer(column));
    return {};
  }
  if (statement.type(column) != Type::kBlob) return load_shown(statement, column, type, cell);
  const auto bytes = statement.text(column);
  if (bytes.size() != kWideBytes) return corrupt(statement, column, type);
  sql::UInt128 value = 0;
  for (const char byte : bytes) value = (value << 8) | static_cast<unsigned char>(byte);
  cell.set_integer(static_cast<Int128>(value ^ (sql::UInt128{1} << 127)));
  return {};
}

std::string declared_type(ColumnType type) {
  if (type.is_real()) return "REAL";
  if (type.is_text() || type.id == TypeId::kDecimal || type.id == TypeId::kDate ||
      type.id == TypeId::kTime || type.id == TypeId::kTimestamp ||
      type.id == TypeId::kTimestampTz) {
    return "TEXT";
  }
  // Undeclared: with INTEGER, SQLite would make a rounded REAL of what does not fit 64 bits.
  if (type.id == TypeId::kHugeint || type.id == TypeId::kUbigint) return "";
  return "INTEGER";
}

Result<Cell> parse_cell(std::string_view text, ColumnType type) {
  Cell cell;
  if (type.is_text()) {
    cell.set_text(text);
    return cell;
  }
  if (type.is_real()) {
    if (const auto value = parse_real(text)) {
      cell.set_real(*value);
      return cell;
    }
  } else if (const auto value = parse_counted(text, type)) {
    cell.set_integer(*value);
    return cell;
  }
  return fail(ErrorCode::kInvalid, "'" + std::string(text) + "' is not a " + to_text(type));
}

}  // namespace daybook::views
