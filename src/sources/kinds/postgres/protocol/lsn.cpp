#include "sources/kinds/postgres/protocol/lsn.h"

#include <charconv>

#include <fmt/format.h>

namespace daybook::sources::postgres {

std::string to_string(Lsn lsn) {
  return fmt::format("{:X}/{:X}", lsn.value >> 32, lsn.value & 0xffffffff);
}

Result<Lsn> parse_lsn(std::string_view text) {
  std::uint32_t high = 0;
  std::uint32_t low = 0;
  const char* const end = text.data() + text.size();
  const auto [slash, high_error] = std::from_chars(text.data(), end, high, 16);
  if (high_error == std::errc() && slash != end && *slash == '/') {
    const auto [last, low_error] = std::from_chars(slash + 1, end, low, 16);
    if (low_error == std::errc() && last == end) {
      return Lsn{(std::uint64_t{high} << 32) | low};
    }
  }
  return fail(ErrorCode::kCorrupt, fmt::format("'{}' is no position in a write-ahead log", text));
}

}  // namespace daybook::sources::postgres
