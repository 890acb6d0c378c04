#include "consumer.h"

#include <fmt/format.h>

#include <algorithm>

namespace daybook::bench {
namespace {

// The Java consumer's defaults: fetch.max.wait.ms, fetch.min.bytes, fetch.max.bytes,
// max.partition.fetch.bytes. The newest version that names topics.
constexpr std::int16_t kFetchVersion = 12;
constexpr std::int32_t kMaxWaitMs = 500;
constexpr std::int32_t kMinBytes = 1;
constexpr std::int32_t kMaxBytes = 50 << 20;
constexpr std::int32_t kMaxPartitionBytes = 1 << 20;

}  // namespace

Consumer::Consumer(const Settings& settings, BrokerConnection& connection)
    : settings_(settings),
      connection_(connection),
      positions_(static_cast<std::size_t>(settings.partitions)) {}

bool Consumer::at_end() const {
  return std::ranges::all_of(positions_, [](const Position& position) {
    return position.high_watermark >= Offset{0} && position.next >= position.high_watermark;
  });
}

void Consumer::rewind() {
  for (Position& position : positions_) position = {};
}

wire::FetchRequest Consumer::next_request() {
  wire::FetchRequest request;
  request.max_wait_ms = kMaxWaitMs;
  request.min_bytes = kMinBytes;
  request.max_bytes = kMaxBytes;
  request.session_id = session_id_;
  request.session_epoch = session_epoch_;
  wire::FetchRequest::Topic topic;
  topic.topic = settings_.topic;
  for (std::size_t i = 0; i < positions_.size(); ++i) {
    // A session remembers what it was told.
    if (session_id_ != 0 && !positions_[i].changed) continue;
    positions_[i].changed = false;
    auto& partition = topic.partitions.emplace_back();
    partition.partition = PartitionId{static_cast<std::int32_t>(i)};
    partition.fetch_offset = positions_[i].next;
    partition.partition_max_bytes = kMaxPartitionBytes;
  }
  if (!topic.partitions.empty()) request.topics.push_back(std::move(topic));
  return request;
}

bool Consumer::poll(const std::function<void(const wire::BatchView&)>& on_batch) {
  connection_.ask<wire::FetchApi>(next_request(), kFetchVersion);
  const BytesView frame = connection_.receive();
  if (frame.empty()) return false;
  const auto response = connection_.decode_answer<wire::FetchApi>(frame, kFetchVersion);
  if (response.error_code != wire::KafkaError::kNone) {
    give_up(fmt::format("fetch: {}", to_string(response.error_code)));
  }
  session_id_ = response.session_id;
  session_epoch_ = session_id_ == 0 ? 0 : session_epoch_ + 1;
  for (const auto& topic : response.responses) {
    for (const auto& partition : topic.partitions) take(partition, on_batch);
  }
  return true;
}

void Consumer::take(const wire::FetchResponse::Partition& answer,
                    const std::function<void(const wire::BatchView&)>& on_batch) {
  if (answer.error_code != wire::KafkaError::kNone) {
    give_up(fmt::format("fetch: {}", to_string(answer.error_code)));
  }
  Position& position = positions_.at(static_cast<std::size_t>(answer.partition_index.value));
  position.high_watermark = answer.high_watermark;
  if (!answer.records) return;
  for (const wire::RecordChunk& chunk : *answer.records) {
    BytesView rest = chunk.bytes;
    // The last batch may be cut off: Kafka sends bytes up to a limit.
    for (auto batch = wire::frame_batch(rest); batch; batch = wire::frame_batch(rest)) {
      rest = rest.subspan(batch->size_bytes());
      if (batch->next_offset() <= position.next) continue;
      records_ += batch->record_count();
      bytes_ += static_cast<std::int64_t>(batch->size_bytes());
      position.next = batch->next_offset();
      position.changed = true;
      on_batch(*batch);
    }
  }
}

}  // namespace daybook::bench
