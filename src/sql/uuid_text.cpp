#include "sql/uuid_text.h"

namespace daybook::sql {
namespace {

constexpr int kDigits = 32;
constexpr UInt128 kFirstBit = UInt128{1} << 127;

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<Int128> parse_uuid(std::string_view text) {
  UInt128 value = 0;
  int digits = 0;
  for (const char c : text) {
    if (c == '-') continue;
    const int digit = digit_of(c);
    if (digit < 0 || ++digits > kDigits) return std::nullopt;
    value = (value << 4) | static_cast<UInt128>(digit);
  }
  if (digits != kDigits) return std::nullopt;
  return static_cast<Int128>(value ^ kFirstBit);
}

std::string uuid_text(Int128 stored) {
  const auto value = static_cast<UInt128>(stored) ^ kFirstBit;
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  for (int digit = 0; digit < kDigits; ++digit) {
    if (digit == 8 || digit == 12 || digit == 16 || digit == 20) text += '-';
    text += kHex[static_cast<std::size_t>(value >> (124 - 4 * digit)) & 0xF];
  }
  return text;
}

}  // namespace daybook::sql
