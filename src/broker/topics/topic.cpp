#include "broker/topics/topic.h"

namespace daybook::broker {

std::expected<log::Partition*, KafkaError> Topic::partition(PartitionId index,
                                                            LeaderEpoch epoch) const {
  if (index.value < 0 || static_cast<std::size_t>(index.value) >= partitions.size()) {
    return std::unexpected(KafkaError::kUnknownTopicOrPartition);
  }
  const auto& opened = partitions[static_cast<std::size_t>(index.value)];
  if (!opened) return std::unexpected(KafkaError::kKafkaStorageError);
  const LeaderEpoch current = (*opened)->leader_epoch();
  if (epoch.value >= 0 && epoch < current) return std::unexpected(KafkaError::kFencedLeaderEpoch);
  if (epoch > current) return std::unexpected(KafkaError::kUnknownLeaderEpoch);
  return opened->get();
}

}  // namespace daybook::broker
