#include "client/kafka/reader.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>

#include <fmt/format.h>

#include "client/kafka/batch.h"
#include "client/kafka/handle.h"
#include "client/kafka/read_ahead.h"

namespace daybook::client::kafka {
namespace {

// Messages are taken from the queue in steps of this many, between which the byte limit is looked
// at.
constexpr std::size_t kTakeStep = 256;

class KafkaReader final : public Reader {
 public:
  KafkaReader(HandlePtr handle, const ReadAhead& ahead)
      : handle_(std::move(handle)), ahead_(ahead) {
    clear();
  }
  ~KafkaReader() override { clear(); }

  Status assign(const Position& start) override {
    clear();
    auto sources = std::make_shared<std::vector<TopicPartition>>();
    for (const auto& [partition, offset] : start) sources->push_back(partition);
    sources_ = sources;
    for (const auto& [partition, offset] : start) {
      next_.push_back(offset);
      TopicPtr topic(rd_kafka_topic_new(handle_.get(), partition.topic.c_str(), nullptr));
      if (topic == nullptr) {
        return kafka_fail(rd_kafka_last_error(),
                          fmt::format("cannot read topic '{}'", partition.topic));
      }
      if (offset.value < 0 || rd_kafka_consume_start_queue(topic.get(), partition.partition.value,
                                                           offset.value, queue_.get()) != 0) {
        return fail(ErrorCode::kInvalid,
                    fmt::format("cannot read {}-{} from offset {}", partition.topic,
                                partition.partition.value, offset.value));
      }
      started_.push_back(std::move(topic));
    }
    return {};
  }

  Result<std::unique_ptr<Batch>> fetch(std::size_t max_records, std::size_t max_bytes,
                                       milliseconds max_wait) override {
    if (failure_) return std::unexpected(*failure_);
    auto batch = std::make_unique<MessageBatch>(handle_, sources_);
    std::size_t bytes = 0;
    std::array<rd_kafka_message_t*, kTakeStep> taken;
    const auto deadline = std::chrono::steady_clock::now() + max_wait;
    while (batch->records().size() < max_records && (bytes == 0 || bytes < max_bytes)) {
      // The library waits for as many as are asked for: wait for one, then take what is there.
      const std::size_t room = max_records - batch->records().size();
      const std::size_t wanted =
          batch->records().empty() || bytes + 1 >= max_bytes ? 1 : std::min(kTakeStep, room);
      const bool has_any = !batch->records().empty() || !batch->ends().empty();
      const int wait_ms = has_any ? 0 : ms_until(deadline);
      const auto count = rd_kafka_consume_batch_queue(queue_.get(), wait_ms, taken.data(), wanted);
      if (count <= 0) break;
      for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
        bytes += take(*batch, taken[i]);
      }
      if (failure_ && batch->records().empty()) return std::unexpected(*failure_);
    }
    if (ahead_.has_room_again({bytes, batch->records().size()},
                              rd_kafka_queue_length(queue_.get()))) {
      wake_fetchers(*handle_, *sources_);
    }
    return batch;
  }

 private:
  static int ms_until(std::chrono::steady_clock::time_point deadline) {
    const auto left = deadline - std::chrono::steady_clock::now();
    return std::max(0, timeout_ms(std::chrono::ceil<milliseconds>(left)));
  }

  // Returns the bytes of the record; an error is kept for when the records before it are read.
  std::size_t take(MessageBatch& batch, rd_kafka_message_t* message) {
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF && !failure_) {
      note_end(batch, {source_of(*message), Offset{message->offset}});
      rd_kafka_message_destroy(message);
      return 0;
    }
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR || failure_) {
      if (!failure_) note_failure(*message);
      rd_kafka_message_destroy(message);
      return 0;
    }
    const auto source = source_of(*message);
    batch.add(source, message);
    next_[source] = Offset{message->offset}.next();
    return 1 + message->len + message->key_len;
  }

  void note_end(MessageBatch& batch, PartitionEnd end) {
    if (end.offset <= next_[end.source]) return;
    next_[end.source] = end.offset;
    batch.add_end(end);
  }

  void note_failure(const rd_kafka_message_t& message) {
    const char* topic = message.rkt != nullptr ? rd_kafka_topic_name(message.rkt) : "?";
    const auto what = fmt::format("cannot read {}-{}", topic, message.partition);
    if (message.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
      failure_ = Error{ErrorCode::kInvalid, fmt::format("{}: the offset is outside the log: {}",
                                                        what, rd_kafka_message_errstr(&message))};
      return;
    }
    const auto error = kafka_fail(message.err, what, rd_kafka_message_errstr(&message)).error();
    if (!error.retriable()) failure_ = error;  // the library mends the others by itself
  }

  std::size_t source_of(const rd_kafka_message_t& message) {
    const auto is_it = [&](std::size_t i) {
      return (*sources_)[i].partition.value == message.partition &&
             (*sources_)[i].topic == rd_kafka_topic_name(message.rkt);
    };
    if (last_source_ < sources_->size() && is_it(last_source_)) return last_source_;
    for (last_source_ = 0; !is_it(last_source_);) ++last_source_;
    return last_source_;
  }

  // Stops all partitions. What is still queued goes with the queue.
  void clear() {
    for (std::size_t i = 0; i < started_.size(); ++i) {
      rd_kafka_consume_stop(started_[i].get(), (*sources_)[i].partition.value);
    }
    started_.clear();
    queue_.reset(rd_kafka_queue_new(handle_.get()));
    sources_ = std::make_shared<const std::vector<TopicPartition>>();
    next_.clear();
    failure_.reset();
    last_source_ = 0;
  }

  HandlePtr handle_;
  ReadAhead ahead_;
  QueuePtr queue_;
  Sources sources_;
  std::vector<Offset> next_;       // of each source: past what was taken
  std::vector<TopicPtr> started_;  // in the order of sources_
  std::optional<Error> failure_;   // until the next assignment
  std::size_t last_source_ = 0;    // most messages come from where the one before came from
};

}  // namespace

Result<std::unique_ptr<Reader>> make_reader(const KafkaOptions& options) {
  Properties properties = {
      {"isolation.level", "read_committed"}, {"auto.offset.reset", "error"},
      {"enable.auto.commit", "false"},       {"enable.auto.offset.store", "false"},
      {"enable.partition.eof", "true"},      {"check.crcs", "true"},
  };
  const ReadAhead ahead(options.read_ahead_bytes);
  std::ranges::copy(ahead.properties(), std::back_inserter(properties));
  DAYBOOK_TRY(auto conf, make_conf(options, properties));
  DAYBOOK_TRY(auto handle, make_handle(RD_KAFKA_CONSUMER, std::move(conf)));
  return std::make_unique<KafkaReader>(std::move(handle), ahead);
}

}  // namespace daybook::client::kafka
