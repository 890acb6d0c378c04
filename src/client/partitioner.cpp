#include "client/partitioner.h"

#include <cstring>

#include "base/check.h"

namespace daybook::client {
namespace {

// MurmurHash2, 32 bits, with the seed that Apache Kafka fixed.
std::uint32_t murmur2(std::string_view key) {
  constexpr std::uint32_t kSeed = 0x9747b28c;
  constexpr std::uint32_t kMultiplier = 0x5bd1e995;
  constexpr int kShift = 24;

  std::uint32_t hash = kSeed ^ static_cast<std::uint32_t>(key.size());
  const std::size_t whole = key.size() / 4 * 4;
  for (std::size_t at = 0; at < whole; at += 4) {
    std::uint32_t word = 0;
    std::memcpy(&word, key.data() + at, sizeof word);  // little-endian, as every target is
    word *= kMultiplier;
    word ^= word >> kShift;
    word *= kMultiplier;
    hash = (hash * kMultiplier) ^ word;
  }
  if (whole != key.size()) {
    std::uint32_t tail = 0;
    std::memcpy(&tail, key.data() + whole, key.size() - whole);
    hash = (hash ^ tail) * kMultiplier;
  }
  hash ^= hash >> 13;
  hash *= kMultiplier;
  return hash ^ (hash >> 15);
}

}  // namespace

PartitionId partition_for_key(std::string_view key, std::int32_t partitions) {
  DAYBOOK_CHECK(partitions > 0, "a topic has at least one partition");
  return PartitionId{static_cast<std::int32_t>((murmur2(key) & 0x7fffffff) %
                                               static_cast<std::uint32_t>(partitions))};
}

}  // namespace daybook::client
