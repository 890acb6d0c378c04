// The last offset of each key in the part of a log that compaction looks at. A key is remembered
// by 16 bytes of hash, so memory does not depend on how long keys are, and is bounded: when the map
// is full, compaction goes as far as it got and does the rest the next time.
//
// Two keys with the same hash would be one key, and records would be lost. The hash is under a
// random key of this process, so nobody can make such keys, and chance makes them with a
// probability below 10^-25 for the 5 million keys that 128 MiB hold.
//
// One thread.

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/siphash.h"

namespace daybook::log {

class KeyMap {
 public:
  // Memory for `expected` keys, but not for more than `max_bytes` hold.
  KeyMap(std::uint64_t expected, std::size_t max_bytes);

  // Whether `more` keys that are not in it yet have room.
  bool has_room_for(std::uint64_t more) const { return size_ + more <= limit_; }
  // Offsets come in ascending order. There must be room.
  void put(BytesView key, Offset offset);
  std::optional<Offset> find(BytesView key) const;

  std::uint64_t size() const { return size_; }

 private:
  struct Slot {
    Hash128 hash;
    Offset offset{-1};  // -1: free
  };
  // Where `hash` is, or the free slot where it belongs.
  std::size_t place_of(const Hash128& hash) const;

  SipKey secret_;
  std::vector<Slot> slots_;
  std::uint64_t limit_;
  std::uint64_t size_ = 0;
};

}  // namespace daybook::log
