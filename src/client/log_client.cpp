#include "client/log_client.h"

#include <algorithm>
#include <ranges>

namespace daybook::client {

const std::vector<PartitionEnd>& Batch::ends() const {
  static const std::vector<PartitionEnd> none;
  return none;
}

std::vector<TopicPartition> partitions_of(const TopicInfo& topic) {
  std::vector<TopicPartition> partitions;
  for (std::int32_t i = 0; i < topic.partitions; ++i) {
    partitions.push_back({topic.name, PartitionId{i}});
  }
  return partitions;
}

std::vector<TopicPartition> partitions_of(const Position& position) {
  const auto partitions = std::views::keys(position);
  return {partitions.begin(), partitions.end()};
}

Result<OffsetRange> LogClient::offsets(const TopicPartition& partition) {
  DAYBOOK_TRY(const auto ranges, offsets_of({partition}));
  return ranges.at(partition);
}

void advance(Position& position, const Batch& batch) {
  std::vector<Offset*> next(batch.sources().size(), nullptr);
  const auto move = [&](std::size_t source, Offset to) {
    auto*& at = next[source];
    if (at == nullptr) at = &position.try_emplace(batch.sources()[source], to).first->second;
    *at = std::max(*at, to);
  };
  for (const auto& record : batch.records()) move(record.source, record.offset.next());
  for (const auto& end : batch.ends()) move(end.source, end.offset);
}

}  // namespace daybook::client
