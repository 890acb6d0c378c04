// For tests: what a consumer of the classic protocol says of itself, as its bytes.

#pragma once

#include <string>
#include <vector>

#include "broker/groups/subscription.h"

namespace daybook::broker {

// Version 1: topics, no data of its own, and what it owns.
inline Bytes subscription_bytes(const std::vector<std::string>& topics,
                                const NamedPartitions& owned = {}) {
  Bytes out;
  const auto number = [&](std::size_t value, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
      out.push_back(static_cast<std::byte>((value >> shift) & 0xff));
    }
  };
  const auto text = [&](const std::string& name) {
    number(name.size(), 2);
    out.insert(out.end(), as_bytes(name).begin(), as_bytes(name).end());
  };
  number(1, 2);
  number(topics.size(), 4);
  for (const std::string& topic : topics) text(topic);
  number(0xffffffff, 4);
  number(owned.size(), 4);
  for (const auto& [topic, partitions] : owned) {
    text(topic);
    number(partitions.size(), 4);
    for (const std::int32_t partition : partitions) {
      number(static_cast<std::uint32_t>(partition), 4);
    }
  }
  return out;
}

}  // namespace daybook::broker
