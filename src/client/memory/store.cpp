#include "client/memory/store.h"

#include <fmt/format.h>

#include "client/partitioner.h"

namespace daybook::client::memory {
namespace {

Text copy(const std::optional<std::string_view>& view) {
  return view ? Text(std::string(*view)) : std::nullopt;
}

}  // namespace

std::size_t StoredRecord::size_bytes() const {
  std::size_t size = (key ? key->size() : 0) + (value ? value->size() : 0);
  for (const auto& header : headers) {
    size += header.name.size() + (header.value ? header.value->size() : 0);
  }
  return size;
}

std::unexpected<Error> no_such_topic(std::string_view name) {
  return fail(ErrorCode::kNotFound, fmt::format("topic '{}' does not exist", name));
}

Result<std::vector<RecordPtr>*> Store::partition(const TopicPartition& at) {
  const auto found = topics.find(at.topic);
  if (found == topics.end()) return no_such_topic(at.topic);
  auto& partitions = found->second.partitions;
  const auto index = static_cast<std::size_t>(at.partition.value);
  if (at.partition.value < 0 || index >= partitions.size()) {
    return fail(ErrorCode::kInvalid, fmt::format("topic '{}' has {} partitions, not a number {}",
                                                 at.topic, partitions.size(), at.partition.value));
  }
  return &partitions[index];
}

Result<TopicPartition> Store::place_of(const OutgoingRecord& record, std::int32_t& unkeyed) {
  const auto topic = topics.find(record.topic);
  if (topic == topics.end()) return no_such_topic(record.topic);
  const auto count = static_cast<std::int32_t>(topic->second.partitions.size());
  TopicPartition at{topic->first, PartitionId{0}};
  if (record.partition) {
    at.partition = *record.partition;
  } else if (record.key) {
    at.partition = partition_for_key(*record.key, count);
  } else {
    at.partition = PartitionId{unkeyed++ % count};
  }
  DAYBOOK_TRY_VOID(partition(at));
  return at;
}

void Store::append(const TopicPartition& at, StoredRecord record) {
  if (record.timestamp == kNoTimestamp) record.timestamp = clock.wall();
  const auto records = partition(at);
  if (records) (*records)->push_back(std::make_shared<StoredRecord>(std::move(record)));
}

StoredRecord copy_of(const OutgoingRecord& record) {
  StoredRecord stored{record.timestamp, copy(record.key), copy(record.value), {}};
  for (const auto& header : record.headers) {
    stored.headers.push_back({std::string(header.name), copy(header.value)});
  }
  return stored;
}

}  // namespace daybook::client::memory
