// Whole numbers of 128 bits: what DuckDB computes sums of BIGINT and DECIMAL in. All arithmetic on
// them that could overflow goes through the checked functions here.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace daybook::sql {

__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 UInt128;

inline constexpr Int128 kInt128Max = static_cast<Int128>(~UInt128{0} >> 1);
inline constexpr Int128 kInt128Min = -kInt128Max - 1;

inline std::optional<Int128> checked_add(Int128 a, Int128 b) {
  Int128 sum;
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}
inline std::optional<Int128> checked_subtract(Int128 a, Int128 b) {
  Int128 difference;
  if (__builtin_sub_overflow(a, b, &difference)) return std::nullopt;
  return difference;
}

// 10^exponent, for 0 <= exponent <= 38.
Int128 power_of_ten(int exponent);

// The number with its last `scale` digits behind the point: (-1205, 2) is "-12.05".
std::string to_text(Int128 value, int scale = 0);

// The number that `text` writes (sign, digits, point, exponent: what JSON allows, and a leading +)
// times 10^scale. Nothing if it is no number, has a non-zero digit behind the scale, or more than
// `width` digits in all: nothing is ever rounded.
std::optional<Int128> parse_decimal(std::string_view text, int width, int scale);

}  // namespace daybook::sql
