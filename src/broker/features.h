// What of the protocol is more than a version of an API: Kafka's features, with the level that is
// in force. Clients and tools read them from ApiVersions.
//
// Threads: any; nothing here changes.

#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace daybook::broker {

struct Feature {
  std::string_view name;
  std::int16_t least = 0;
  std::int16_t most = 0;
  std::int16_t level = 0;  // 0: known, and off
};

std::span<const Feature> features();

}  // namespace daybook::broker
