#include "sql/rows/cell_json.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>

#include "base/json_text.h"
#include "sql/calendar.h"

namespace daybook::sql {
namespace {

constexpr std::size_t kMaxRealText = 40;

bool fits_64(Int128 value) {
  return value >= std::numeric_limits<std::int64_t>::min() &&
         value <= std::numeric_limits<std::int64_t>::max();
}

// Whether JSON has a number for it.
bool is_json_number(const Cell& cell, ColumnType type) {
  if (cell.kind == Cell::Kind::kReal) return std::isfinite(cell.real);
  if (cell.kind != Cell::Kind::kInteger) return false;
  switch (type.id) {
    case TypeId::kDecimal:
    case TypeId::kDate:
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
      return false;
    default:
      return fits_64(cell.integer);
  }
}

void append_real(double value, ColumnType type, std::string& out) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value < 0 ? "-Infinity" : "Infinity";
  } else {
    std::array<char, kMaxRealText> text;
    const auto end =
        type.id == TypeId::kFloat
            ? std::to_chars(text.data(), text.data() + text.size(), static_cast<float>(value)).ptr
            : std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    out.append(text.data(), end);
  }
}

void append_counted(Int128 value, ColumnType type, std::string& out) {
  const auto micros = static_cast<std::int64_t>(value);
  switch (type.id) {
    case TypeId::kBoolean:
      out += value != 0 ? "true" : "false";
      return;
    case TypeId::kDecimal:
      out += to_text(value, type.scale);
      return;
    case TypeId::kDate:
      out += date_text(micros);
      return;
    case TypeId::kTime:
      out += time_text(micros);
      return;
    case TypeId::kTimestamp:
      out += timestamp_text(micros);
      return;
    case TypeId::kTimestampTz:
      out += timestamp_text(micros) + "+00";
      return;
    default:
      if (fits_64(value)) {
        append_number(micros, out);
      } else {
        out += to_text(value);
      }
  }
}

}  // namespace

void append_plain(const Cell& cell, ColumnType type, std::string& out) {
  switch (cell.kind) {
    case Cell::Kind::kNull:
      return;
    case Cell::Kind::kInteger:
      return append_counted(cell.integer, type, out);
    case Cell::Kind::kReal:
      return append_real(cell.real, type, out);
    case Cell::Kind::kText:
      out += cell.text;
  }
}

void append_json(const Cell& cell, ColumnType type, std::string& out) {
  if (cell.is_null()) {
    out += "null";
  } else if (type.id == TypeId::kJson || is_json_number(cell, type)) {
    append_plain(cell, type, out);
  } else if (cell.kind == Cell::Kind::kText) {
    append_json_text(cell.text, out);
  } else {
    out += '"';
    append_plain(cell, type, out);
    out += '"';
  }
}

}  // namespace daybook::sql
