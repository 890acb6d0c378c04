#include "broker/groups/subscription.h"

#include <algorithm>
#include <concepts>
#include <utility>

#include "base/endian.h"

namespace daybook::broker {
namespace {

constexpr std::int16_t kFirstWithOwned = 1;
constexpr std::int16_t kFirstWithGeneration = 2;
constexpr std::int16_t kFirstWithRack = 3;  // and the newest that there is
constexpr std::int32_t kNull = -1;          // as a length

// A string has its length in front (int16), an array its count (int32).
class Reader {
 public:
  explicit Reader(BytesView bytes) : left_(bytes) {}

  bool at_end() const { return left_.empty(); }

  template <std::integral T>
  bool read(T& value) {
    if (left_.size() < sizeof(T)) return false;
    value = load_be<T>(left_.data());
    left_ = left_.subspan(sizeof(T));
    return true;
  }
  template <std::integral Length>
  bool read_bytes(BytesView& value, bool& is_null) {
    Length length = 0;
    if (!read(length) || length < kNull) return false;
    is_null = length == kNull;
    const auto size = is_null ? std::size_t{0} : static_cast<std::size_t>(length);
    if (size > left_.size()) return false;
    value = left_.first(size);
    left_ = left_.subspan(size);
    return true;
  }
  bool read(std::string& text) {
    BytesView bytes;
    bool is_null = false;
    if (!read_bytes<std::int16_t>(bytes, is_null) || is_null) return false;
    text = as_text(bytes);
    return true;
  }
  bool read(std::optional<std::string>& text) {
    BytesView bytes;
    bool is_null = false;
    if (!read_bytes<std::int16_t>(bytes, is_null)) return false;
    if (!is_null) text = as_text(bytes);
    return true;
  }
  bool read(std::vector<std::string>& names) {
    std::int32_t count = 0;
    if (!read(count) || count < 0) return false;
    for (; count > 0; --count) {
      if (!read(names.emplace_back())) return false;
    }
    return true;
  }
  bool read(std::set<std::int32_t>& partitions) {
    std::int32_t count = 0;
    if (!read(count) || count < 0) return false;
    for (; count > 0; --count) {
      std::int32_t partition = 0;
      if (!read(partition)) return false;
      partitions.insert(partition);
    }
    return true;
  }
  bool read(NamedPartitions& partitions) {
    std::int32_t count = 0;
    if (!read(count) || count < kNull) return false;
    for (; count > 0; --count) {
      std::string topic;
      if (!read(topic) || !read(partitions[topic])) return false;
    }
    std::erase_if(partitions, [](const auto& topic) { return topic.second.empty(); });
    return true;
  }

 private:
  BytesView left_;
};

// version int16, then the topics.
bool read_beginning(Reader& reader, Subscription& into) {
  return reader.read(into.version) && into.version >= 0 && reader.read(into.topics);
}

// What follows the topics, as far as it is there.
bool read_rest(Reader& reader, Subscription& into) {
  BytesView user_data;
  bool is_null = false;
  if (reader.at_end()) return true;
  if (!reader.read_bytes<std::int32_t>(user_data, is_null)) return false;
  if (into.version < kFirstWithOwned || reader.at_end()) return true;
  if (!reader.read(into.owned)) return false;
  std::int32_t generation = 0;
  if (into.version < kFirstWithGeneration || reader.at_end()) return true;
  if (!reader.read(generation)) return false;
  if (into.version < kFirstWithRack || reader.at_end()) return true;
  return reader.read(into.rack_id);
}

template <std::integral T>
void write(Bytes& out, T value) {
  const std::size_t at = out.size();
  out.resize(at + sizeof(T));
  store_be(out.data() + at, value);
}

}  // namespace

std::optional<std::vector<std::string>> subscribed_topics(BytesView metadata) {
  Reader reader(metadata);
  Subscription subscription;
  if (!read_beginning(reader, subscription)) return std::nullopt;
  return std::move(subscription.topics);
}

std::optional<Subscription> read_subscription(BytesView metadata) {
  Reader reader(metadata);
  Subscription subscription;
  if (!read_beginning(reader, subscription) || !read_rest(reader, subscription)) {
    return std::nullopt;
  }
  return subscription;
}

std::optional<NamedPartitions> read_assignment(BytesView assignment) {
  NamedPartitions partitions;
  if (assignment.empty()) return partitions;
  Reader reader(assignment);
  std::int16_t version = 0;
  if (!reader.read(version) || version < 0 || !reader.read(partitions)) return std::nullopt;
  return partitions;
}

Bytes write_assignment(std::int16_t version, const NamedPartitions& partitions) {
  Bytes out;
  write(out, std::min(version, kFirstWithRack));
  write(out, static_cast<std::int32_t>(partitions.size()));
  for (const auto& [topic, indexes] : partitions) {
    write(out, static_cast<std::int16_t>(topic.size()));
    out.insert(out.end(), as_bytes(topic).begin(), as_bytes(topic).end());
    write(out, static_cast<std::int32_t>(indexes.size()));
    for (const std::int32_t index : indexes) write(out, index);
  }
  write(out, kNull);  // no user data
  return out;
}

}  // namespace daybook::broker
