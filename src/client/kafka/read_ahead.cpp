#include "client/kafka/read_ahead.h"

#include <algorithm>

namespace daybook::client::kafka {
namespace {

constexpr std::size_t kMinRecords = 1'000;
constexpr std::size_t kMaxRecords = 1'000'000;
constexpr std::size_t kMinAnswerBytes = 1 << 20;
constexpr std::size_t kMaxPartitionBytes = 4 << 20;  // in one answer
constexpr std::size_t kMaxAnswerBytes = 50 << 20;    // the library's own default

}  // namespace

ReadAhead::ReadAhead(std::size_t bytes)
    : answer_bytes_(std::clamp(bytes / 4, kMinAnswerBytes, kMaxAnswerBytes)),
      limit_(divide_memory(bytes)) {
  limit_.records = std::clamp(limit_.records, kMinRecords, kMaxRecords);
  limit_.bytes = std::max(limit_.bytes, kMinAnswerBytes);
}

Properties ReadAhead::properties() const {
  return {
      {"queued.min.messages", std::to_string(limit_.records)},
      {"queued.max.messages.kbytes", std::to_string(limit_.bytes >> 10)},
      {"fetch.max.bytes", std::to_string(answer_bytes_)},
      {"fetch.message.max.bytes", std::to_string(std::min(answer_bytes_, kMaxPartitionBytes))},
      {"fetch.wait.max.ms", "100"},
      {"fetch.error.backoff.ms", "50"},
  };
}

bool ReadAhead::has_room_again(RecordMemory taken, std::size_t left_records) {
  if (taken.records == 0) return false;
  const auto record_bytes = taken.bytes / taken.records;
  may_have_stopped_ = may_have_stopped_ || fills_half(taken.records + left_records, record_bytes);
  if (!may_have_stopped_ || fills_half(left_records, record_bytes)) return false;
  may_have_stopped_ = false;
  return true;
}

bool ReadAhead::fills_half(std::size_t records, std::size_t record_bytes) const {
  return records >= limit_.records / 2 || records * record_bytes >= limit_.bytes / 2;
}

void wake_fetchers(rd_kafka_t& consumer, std::span<const TopicPartition> partitions) {
  const ListPtr list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  for (const auto& partition : partitions) {
    rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(),
                                      partition.partition.value)
        ->offset = RD_KAFKA_OFFSET_END;
  }
  rd_kafka_offsets_for_times(&consumer, list.get(), 0);
}

}  // namespace daybook::client::kafka
