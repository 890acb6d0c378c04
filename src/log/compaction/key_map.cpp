#include "log/compaction/key_map.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "base/uuid.h"

namespace daybook::log {
namespace {

// Full to nine tenths, as Kafka's log.cleaner.io.buffer.load.factor.
constexpr std::uint64_t kFullTenths = 9;

SipKey random_key() {
  const Uuid random = random_uuid();
  SipKey key;
  static_assert(sizeof(random.bytes) == sizeof(key));
  std::memcpy(&key, random.bytes.data(), sizeof(key));
  return key;
}

}  // namespace

KeyMap::KeyMap(std::uint64_t expected, std::size_t max_bytes)
    : secret_(random_key()),
      slots_(std::clamp<std::uint64_t>(expected + expected / kFullTenths + 1, 2,
                                       std::max<std::size_t>(max_bytes / sizeof(Slot), 2))),
      limit_(std::max<std::uint64_t>(slots_.size() * kFullTenths / 10, 1)) {}

std::size_t KeyMap::place_of(const Hash128& hash) const {
  std::size_t place = hash.first % slots_.size();
  while (slots_[place].offset.value >= 0 && slots_[place].hash != hash) {
    place = place + 1 == slots_.size() ? 0 : place + 1;
  }
  return place;
}

void KeyMap::put(BytesView key, Offset offset) {
  const Hash128 hash = siphash128(secret_, key);
  Slot& slot = slots_[place_of(hash)];
  if (slot.offset.value < 0) {
    DAYBOOK_CHECK(size_ < limit_, "a key map is asked for room before a key is put");
    ++size_;
  }
  slot = {hash, offset};
}

std::optional<Offset> KeyMap::find(BytesView key) const {
  const Slot& slot = slots_[place_of(siphash128(secret_, key))];
  return slot.offset.value < 0 ? std::nullopt : std::optional(slot.offset);
}

}  // namespace daybook::log
