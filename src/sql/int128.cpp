#include "sql/int128.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>

namespace daybook::sql {
namespace {

constexpr int kMaxDigits = 39;        // of a 128-bit number
constexpr int kMaxExponent = 10'000;  // in a text; beyond it only zero fits anything

constexpr auto kPowers = [] {
  std::array<Int128, kMaxDigits> powers{};
  powers[0] = 1;
  for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();

constexpr int kShortDigits = 18;  // fit 64 bits, whatever they are

constexpr auto kShortPowers = [] {
  std::array<std::int64_t, kShortDigits + 1> powers{};
  powers[0] = 1;
  for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// What nearly all numbers are: few digits, at most one point, no exponent, nothing to round.
// Nothing for any other text, whether it is a number or not.
std::optional<std::int64_t> parse_short(std::string_view text, int scale) {
  std::int64_t value = 0;
  int digits = 0;
  int behind = 0;
  bool point = false;
  if (text.size() > kShortDigits) return std::nullopt;
  for (const char c : text) {
    if (c == '.' && !point) {
      point = true;
    } else if (is_digit(c)) {
      value = value * 10 + (c - '0');
      ++digits;
      if (point) ++behind;
    } else {
      return std::nullopt;
    }
  }
  const int shift = scale - behind;
  if (digits == 0 || shift < 0 || digits + shift > kShortDigits) return std::nullopt;
  return value * kShortPowers[static_cast<std::size_t>(shift)];
}

// Reads "e-3" and the like; nothing if it is malformed.
std::optional<int> parse_exponent(std::string_view text) {
  if (text.empty()) return 0;
  text.remove_prefix(1);
  if (text.starts_with('+')) text.remove_prefix(1);
  int exponent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (exponent > kMaxExponent || exponent < -kMaxExponent) return std::nullopt;
  return exponent;
}

}  // namespace

Int128 power_of_ten(int exponent) {
  return kPowers[static_cast<std::size_t>(exponent)];
}

// Dividing 128 bits is a call, and dividing 64 bits by ten is a multiplication.
std::string to_text(Int128 value, int scale) {
  std::array<char, kMaxDigits + 3> buffer;
  auto* at = buffer.data() + buffer.size();
  UInt128 rest = value < 0 ? ~static_cast<UInt128>(value) + 1 : static_cast<UInt128>(value);
  constexpr auto kChunk = static_cast<UInt128>(kShortPowers.back());
  int digits = 0;
  const auto put = [&](std::uint64_t digit) {
    if (digits++ == scale && scale > 0) *--at = '.';
    *--at = static_cast<char>('0' + digit);
  };
  while (rest > std::numeric_limits<std::uint64_t>::max()) {
    auto low = static_cast<std::uint64_t>(rest % kChunk);
    rest /= kChunk;
    for (int i = 0; i < kShortDigits; ++i, low /= 10) put(low % 10);
  }
  for (auto low = static_cast<std::uint64_t>(rest); low != 0 || digits <= scale; low /= 10) {
    put(low % 10);
  }
  if (value < 0) *--at = '-';
  return {at, buffer.data() + buffer.size()};
}

std::optional<Int128> parse_decimal(std::string_view text, int width, int scale) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (const auto value = parse_short(text, scale)) {
    if (width < kMaxDigits && *value >= kPowers[static_cast<std::size_t>(width)]) {
      return std::nullopt;
    }
    return negative ? -Int128(*value) : Int128(*value);
  }
  const auto exponent_at = std::min(text.find_first_of("eE"), text.size());
  const auto exponent = parse_exponent(text.substr(exponent_at));
  if (!exponent) return std::nullopt;
  text = text.substr(0, exponent_at);

  // `kept` counts the digits behind the point that are in `value`; zeros are held back until a
  // digit follows them, so that 1.5000 fits a scale of 1.
  Int128 value = 0;
  int behind = 0;
  int zeros = 0;
  bool point = false;
  bool any = false;
  for (const char c : text) {
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (!is_digit(c)) return std::nullopt;
    any = true;
    if (point) ++behind;
    if (c == '0') {
      ++zeros;
      continue;
    }
    if (value != 0 && zeros >= kMaxDigits) return std::nullopt;
    for (int i = 0; i <= zeros && value != 0; ++i) {
      if (value > kInt128Max / 10) return std::nullopt;
      value *= 10;
    }
    zeros = 0;
    const auto sum = checked_add(value, c - '0');
    if (!sum) return std::nullopt;
    value = *sum;
  }
  if (!any) return std::nullopt;
  if (value == 0) return value;
  int shift = zeros - behind + *exponent + scale;
  for (; shift < 0 && value % 10 == 0; ++shift) value /= 10;
  if (shift < 0) return std::nullopt;
  for (; shift > 0; --shift) {
    if (value > kInt128Max / 10) return std::nullopt;
    value *= 10;
  }
  if (width < kMaxDigits && value >= kPowers[static_cast<std::size_t>(width)]) return std::nullopt;
  return negative ? -value : value;
}

}  // namespace daybook::sql
