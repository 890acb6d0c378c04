#include "flow/position_text.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace daybook::flow {
namespace {

template <class T>
std::optional<T> parse_number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

}  // namespace

std::string to_text(const client::Position& position) {
  std::string text;
  for (const auto& [partition, offset] : position) {
    if (!text.empty()) text += ',';
    text += partition.topic + "/" + std::to_string(partition.partition.value) + ":" +
            std::to_string(offset.value);
  }
  return text;
}

Result<client::Position> position_from_text(std::string_view text) {
  client::Position position;
  while (!text.empty()) {
    const auto entry = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), entry.size() + 1));
    const auto colon = entry.rfind(':');
    const auto slash = entry.rfind('/', colon);
    const bool is_shaped = colon != std::string_view::npos && slash != std::string_view::npos &&
                           slash > 0 && slash < colon;
    const auto partition =
        is_shaped ? parse_number<std::int32_t>(entry.substr(slash + 1, colon - slash - 1))
                  : std::nullopt;
    const auto offset =
        is_shaped ? parse_number<std::int64_t>(entry.substr(colon + 1)) : std::nullopt;
    if (!partition || !offset) {
      return fail(ErrorCode::kInvalid, "position entry '" + std::string(entry) +
                                           "' is not of the form topic/partition:offset");
    }
    position[{std::string(entry.substr(0, slash)), PartitionId{*partition}}] = Offset{*offset};
  }
  return position;
}

bool covers(const client::Position& reached, const client::Position& wanted) {
  return std::ranges::all_of(wanted, [&](const auto& entry) {
    const auto found = reached.find(entry.first);
    return found == reached.end() ? entry.second.value == 0 : found->second >= entry.second;
  });
}

}  // namespace daybook::flow
