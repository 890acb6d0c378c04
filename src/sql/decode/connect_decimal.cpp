#include "sql/decode/connect_decimal.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace daybook::sql {
namespace {

constexpr std::size_t kInt128Bytes = 16;
constexpr std::size_t kMaxUnscaledBytes = 400;
constexpr int kMaxScale = 1'000;

int sextet(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

std::optional<std::vector<std::uint8_t>> parse_base64(std::string_view text) {
  if (text.size() % 4 != 0 || text.size() > 2 * kMaxUnscaledBytes) return std::nullopt;
  for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
  std::vector<std::uint8_t> bytes;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text) {
    const int value = sextet(c);
    if (value < 0) return std::nullopt;
    bits = bits << 6 | static_cast<unsigned>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes.push_back(static_cast<std::uint8_t>(bits >> count));
  }
  if (bytes.empty() || bytes.size() > kMaxUnscaledBytes) return std::nullopt;
  return bytes;
}

bool is_negative(const std::vector<std::uint8_t>& bytes) {
  return bytes.front() >= 0x80;
}

// The digits of the number without its sign, the last one first; none of 0.
std::string digits_backwards(std::vector<std::uint8_t> bytes) {
  if (is_negative(bytes)) {
    unsigned carry = 1;
    for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte) {
      carry += static_cast<std::uint8_t>(~*byte);
      *byte = static_cast<std::uint8_t>(carry);
      carry >>= 8;
    }
  }
  std::string digits;
  for (std::size_t first = 0; first < bytes.size();) {
    unsigned rest = 0;
    for (std::size_t i = first; i < bytes.size(); ++i) {
      rest = rest << 8 | bytes[i];
      bytes[i] = static_cast<std::uint8_t>(rest / 10);
      rest %= 10;
    }
    digits += static_cast<char>('0' + rest);
    while (first < bytes.size() && bytes[first] == 0) ++first;
  }
  while (digits.ends_with('0')) digits.pop_back();
  return digits;
}

}  // namespace

std::optional<Int128> parse_unscaled(std::string_view base64) {
  const auto bytes = parse_base64(base64);
  if (!bytes || bytes->size() > kInt128Bytes) return std::nullopt;
  UInt128 value = is_negative(*bytes) ? ~UInt128{0} : UInt128{0};
  for (const auto byte : *bytes) value = value << 8 | byte;
  return static_cast<Int128>(value);
}

std::optional<std::string> unscaled_text(std::string_view base64, int scale) {
  const auto bytes = parse_base64(base64);
  if (!bytes || scale < -kMaxScale || scale > kMaxScale) return std::nullopt;
  auto text = digits_backwards(*bytes);
  if (scale < 0 && !text.empty()) text.insert(0, static_cast<std::size_t>(-scale), '0');
  const auto behind = static_cast<std::size_t>(std::max(scale, 0));
  if (text.size() <= behind) text.append(behind + 1 - text.size(), '0');
  if (behind > 0) text.insert(behind, 1, '.');
  if (is_negative(*bytes)) text += '-';
  std::ranges::reverse(text);
  return text;
}

}  // namespace daybook::sql
