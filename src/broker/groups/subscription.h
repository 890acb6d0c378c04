// What consumers of the classic protocol say that they read, and how they are told what they are to
// read. In a group of the classic protocol the coordinator passes both on without looking inside,
// except to know whose offsets are in use; where consumers of both protocols meet, it reads the one
// and writes the other. The layouts are those of Apache Kafka's messages
// ConsumerProtocolSubscription and ConsumerProtocolAssignment, versions 0 to 3.
//
// Threads: any; there is no state.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace daybook::broker {

using NamedPartitions = std::map<std::string, std::set<std::int32_t>>;  // by topic

struct Subscription {
  std::int16_t version = 0;
  std::vector<std::string> topics;
  NamedPartitions owned;  // when it said this; nothing before version 1
  std::optional<std::string> rack_id;
};

// The topics in a consumer's metadata; nothing if it is not such a message.
std::optional<std::vector<std::string>> subscribed_topics(BytesView metadata);
// All of it; nothing if it is not such a message, or is cut off inside a field.
std::optional<Subscription> read_subscription(BytesView metadata);

// Nothing if it is not such a message. No bytes: no partitions.
std::optional<NamedPartitions> read_assignment(BytesView assignment);
Bytes write_assignment(std::int16_t version, const NamedPartitions& partitions);

}  // namespace daybook::broker
