// What a consumer group knows of the topics: a picture of all of them at one moment. Who gets the
// same picture again knows that no topic has come, gone or grown.
//
// Threads: any; a picture does not change.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/uuid.h"
#include "broker/groups/consumer/partition_sets.h"
#include "broker/groups/subscription.h"

namespace daybook::broker {

struct TopicShape {
  Uuid id;
  std::int32_t partitions = 0;
  friend bool operator==(const TopicShape&, const TopicShape&) = default;
};

using TopicShapes = std::map<std::string, TopicShape, std::less<>>;  // by name
using TopicShapesPtr = std::shared_ptr<const TopicShapes>;

// Those that there are.
inline PartitionSets partitions_by_id(const NamedPartitions& named, const TopicShapes& topics) {
  PartitionSets sets;
  for (const auto& [name, partitions] : named) {
    const auto shape = topics.find(name);
    if (shape == topics.end()) continue;
    for (const std::int32_t partition : partitions) {
      const bool exists = partition >= 0 && partition < shape->second.partitions;
      if (exists) sets[shape->second.id].insert(partition);
    }
  }
  return sets;
}

}  // namespace daybook::broker
