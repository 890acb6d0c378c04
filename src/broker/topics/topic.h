// A topic as requests find it: its partitions, open, or the reason why one of them is not.
//
// Threads: any; a Topic never changes. Whoever holds one while it is deleted gets kClosed from its
// partitions.

#pragma once

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/uuid.h"
#include "broker/topics/topic_config.h"
#include "log/partition.h"
#include "wire/error_code.h"

namespace daybook::broker {

using wire::KafkaError;

struct Topic {
  std::string name;
  Uuid id;
  Config config;  // what was set for it
  TopicSettings settings;
  std::vector<Result<std::shared_ptr<log::Partition>>> partitions;

  // kUnknownTopicOrPartition; kKafkaStorageError if its files could not be opened;
  // kFencedLeaderEpoch or kUnknownLeaderEpoch if the client believes in another `epoch` (-1: none).
  std::expected<log::Partition*, KafkaError> partition(PartitionId index,
                                                       LeaderEpoch epoch = kNoEpoch) const;
};

using TopicPtr = std::shared_ptr<const Topic>;

}  // namespace daybook::broker
