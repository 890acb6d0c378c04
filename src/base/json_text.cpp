#include "base/json_text.h"

#include <array>
#include <charconv>
#include <limits>

namespace daybook {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

// What a byte must be replaced by: 0 nothing, 1 \u00XX, else the letter after the backslash.
constexpr auto kEscapes = [] {
  std::array<char, 256> escapes{};
  for (int c = 0; c < 0x20; ++c) escapes[c] = 1;
  escapes['"'] = '"';
  escapes['\\'] = '\\';
  escapes['\b'] = 'b';
  escapes['\f'] = 'f';
  escapes['\n'] = 'n';
  escapes['\r'] = 'r';
  escapes['\t'] = 't';
  return escapes;
}();

template <class Number>
void append_any_number(Number number, std::string& out) {
  std::array<char, std::numeric_limits<Number>::digits10 + 3> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

}  // namespace

void append_json_text(std::string_view text, std::string& out) {
  out += '"';
  std::size_t plain = 0;  // where the run that needs no escape begins
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const char escape = kEscapes[byte];
    if (escape == 0) [[likely]]
      continue;
    out.append(text, plain, at - plain);
    plain = at + 1;
    out += '\\';
    if (escape == 1) {
      out += "u00";
      out += kHexDigits[byte >> 4];
      out += kHexDigits[byte & 15];
    } else {
      out += escape;
    }
  }
  out.append(text, plain);
  out += '"';
}

void append_number(std::int64_t number, std::string& out) {
  append_any_number(number, out);
}
void append_number(std::uint64_t number, std::string& out) {
  append_any_number(number, out);
}

bool has_too_many_levels(std::string_view json) {
  if (json.size() <= kMaxJsonLevels) return false;
  std::size_t levels = 0;
  bool in_text = false;
  for (std::size_t at = 0; at < json.size(); ++at) {
    const char c = json[at];
    if (c == '"') {
      in_text = !in_text;
    } else if (in_text) {
      if (c == '\\') ++at;
    } else if (c == '[' || c == '{') {
      if (++levels > kMaxJsonLevels) return true;
    } else if ((c == ']' || c == '}') && levels > 0) {
      --levels;
    }
  }
  return false;
}

}  // namespace daybook
