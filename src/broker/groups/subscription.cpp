#include "broker/groups/subscription.h"

#include "base/endian.h"

namespace daybook::broker {
namespace {

// version int16, then the topics (count int32, each length int16 and as many bytes), then what
// later versions have added.
constexpr std::size_t kHeaderBytes = sizeof(std::int16_t) + sizeof(std::int32_t);

}  // namespace

std::optional<std::vector<std::string>> subscribed_topics(BytesView metadata) {
  if (metadata.size() < kHeaderBytes) return std::nullopt;
  const auto version = load_be<std::int16_t>(metadata.data());
  const auto count = load_be<std::int32_t>(metadata.data() + sizeof(std::int16_t));
  if (version < 0 || count < 0) return std::nullopt;
  BytesView left = metadata.subspan(kHeaderBytes);
  std::vector<std::string> topics;
  for (std::int32_t i = 0; i < count; ++i) {
    if (left.size() < sizeof(std::int16_t)) return std::nullopt;
    const auto length = load_be<std::int16_t>(left.data());
    left = left.subspan(sizeof(length));
    if (length < 0 || static_cast<std::size_t>(length) > left.size()) return std::nullopt;
    topics.emplace_back(as_text(left.first(static_cast<std::size_t>(length))));
    left = left.subspan(static_cast<std::size_t>(length));
  }
  return topics;
}

}  // namespace daybook::broker
