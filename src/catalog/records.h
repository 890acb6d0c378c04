// The rows of the catalog (catalog/catalog.h), as plain values.

#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/ids.h"
#include "base/uuid.h"

namespace daybook::catalog {

struct Topic {
  std::string name{};
  Uuid id{};
  std::int32_t partitions = 1;
  TimestampMs created = kNoTimestamp;
  std::map<std::string, std::string> config{};  // Kafka's names; only what was set for this topic
  bool deleting = false;                        // its files may be partly gone

  friend bool operator==(const Topic&, const Topic&) = default;
};

struct CommittedOffset {
  std::string group{};
  std::string topic{};
  PartitionId partition{};
  Offset offset{};
  LeaderEpoch leader_epoch = kNoEpoch;
  std::string metadata{};  // the client's own, bounded by the broker
  TimestampMs committed_at = kNoTimestamp;

  friend bool operator==(const CommittedOffset&, const CommittedOffset&) = default;
};

// Scope ("" for every node, otherwise a node's id) -> Kafka's names -> values.
using BrokerConfigs = std::map<std::string, std::map<std::string, std::string>>;

// A consumer group that has had a generation. What it has committed is kept apart.
struct Group {
  std::string id{};
  bool of_consumer_protocol = false;      // of KIP-848; otherwise of the classic protocol
  std::string protocol_type{};            // what its members call themselves: "consumer", "connect"
  std::int32_t epoch = 0;                 // the generation, or the group epoch: never goes back
  TimestampMs emptied_at = kNoTimestamp;  // none: it has members

  friend bool operator==(const Group&, const Group&) = default;
};

}  // namespace daybook::catalog
