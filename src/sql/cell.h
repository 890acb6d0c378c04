// One value as it comes out of SQL and goes into a view's state: NULL, a whole number (of up to 128
// bits; also booleans, decimals without their point, dates, times and timestamps as DuckDB counts
// them), a floating-point number, or text. What the number means is said by its ColumnType.

#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "sql/int128.h"

namespace daybook::sql {

struct Cell {
  enum class Kind : std::uint8_t { kNull, kInteger, kReal, kText };

  Kind kind = Kind::kNull;
  Int128 integer = 0;
  double real = 0;
  std::string text;

  bool is_null() const { return kind == Kind::kNull; }
  void set_null() { kind = Kind::kNull; }
  void set_integer(Int128 value) {
    kind = Kind::kInteger;
    integer = value;
  }
  void set_real(double value) {
    kind = Kind::kReal;
    real = value;
  }
  void set_text(std::string_view value) {
    kind = Kind::kText;
    text = value;
  }
};

// DuckDB's order inside one type: bytes for text, NaN above every number. Neither may be NULL, and
// both must be of one kind.
std::weak_ordering compare(const Cell& a, const Cell& b);

// Appends an encoding of the cell that is equal for equal cells only, whatever is appended next.
void append_key(std::string& key, const Cell& cell);

}  // namespace daybook::sql
