#include "log/file_names.h"

#include <fmt/format.h>

#include <charconv>

namespace daybook::log {

constexpr std::size_t kDigits = 20;

std::string offset_path(const std::string& folder, Offset offset, std::string_view suffix) {
  return fmt::format("{}/{:020}{}", folder, offset.value, suffix);
}

std::optional<Offset> offset_in_name(std::string_view name, std::string_view suffix) {
  if (name.size() != kDigits + suffix.size() || !name.ends_with(suffix)) return std::nullopt;
  const char* const end = name.data() + kDigits;
  if (name.find_first_not_of("0123456789") < kDigits) return std::nullopt;
  std::int64_t value = 0;
  const auto [stopped, error] = std::from_chars(name.data(), end, value);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return Offset{value};
}

}  // namespace daybook::log
