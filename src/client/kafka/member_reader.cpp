#include "client/kafka/member_reader.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>

#include <fmt/format.h>

namespace daybook::client::kafka {
namespace {

constexpr milliseconds kHeartbeatInterval{1'000};
constexpr milliseconds kNewPartitionsInterval{10'000};

int ms_until(std::chrono::steady_clock::time_point deadline) {
  const auto left = deadline - std::chrono::steady_clock::now();
  return std::max(0, timeout_ms(std::chrono::ceil<milliseconds>(left)));
}

}  // namespace

KafkaMemberReader::~KafkaMemberReader() {
  if (handle_ == nullptr) return;
  queue_.reset();
  rd_kafka_consumer_close(handle_.get());
}

Status KafkaMemberReader::open(const KafkaOptions& options, const GroupSpec& spec) {
  Properties properties = {
      {"group.id", spec.group},
      {"session.timeout.ms", std::to_string(kSessionTimeout.count())},
      {"heartbeat.interval.ms", std::to_string(kHeartbeatInterval.count())},
      {"topic.metadata.refresh.interval.ms", std::to_string(kNewPartitionsInterval.count())},
      {"isolation.level", "read_committed"},
      {"auto.offset.reset", "error"},
      {"enable.auto.commit", "false"},
      {"enable.auto.offset.store", "false"},
      {"enable.partition.eof", "true"},
      {"check.crcs", "true"},
  };
  std::ranges::copy(ahead_.properties(), std::back_inserter(properties));
  if (!spec.instance.empty()) properties.emplace_back("group.instance.id", spec.instance);
  DAYBOOK_TRY(auto conf, make_conf(options, properties));
  rd_kafka_conf_set_opaque(conf.get(), this);
  rd_kafka_conf_set_rebalance_cb(conf.get(), on_rebalance);
  DAYBOOK_TRY(handle_, make_handle(RD_KAFKA_CONSUMER, std::move(conf)));
  rd_kafka_poll_set_consumer(handle_.get());
  queue_.reset(rd_kafka_queue_get_consumer(handle_.get()));
  const ListPtr list(rd_kafka_topic_partition_list_new(static_cast<int>(spec.topics.size())));
  for (const auto& topic : spec.topics) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  }
  const auto error = rd_kafka_subscribe(handle_.get(), list.get());
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return kafka_fail(error, fmt::format("group '{}': cannot subscribe", group_));
}

Result<std::unique_ptr<Batch>> KafkaMemberReader::fetch(std::size_t max_records,
                                                        std::size_t max_bytes,
                                                        milliseconds max_wait) {
  if (failure_) return std::unexpected(*failure_);
  auto batch = std::make_unique<MessageBatch>(handle_, sources_);
  std::size_t bytes = 0;
  const auto deadline = std::chrono::steady_clock::now() + max_wait;
  while (batch->records().size() < max_records && (bytes == 0 || bytes < max_bytes)) {
    const auto before = assignments_;
    // One at a time: the callbacks of a call come before the message that it returns.
    const bool has_any = !batch->records().empty() || !batch->ends().empty();
    const int wait_ms = has_any ? 0 : ms_until(deadline);
    MessagePtr message(rd_kafka_consumer_poll(handle_.get(), wait_ms));
    if (assignments_ != before) {
      batch->restart(sources_);
      bytes = 0;
    }
    if (failure_ && batch->records().empty()) return std::unexpected(*failure_);
    if (message == nullptr || failure_) break;
    const bool is_end = message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR && !is_end) {
      if (!has_failed(*message)) continue;
      if (batch->records().empty()) return std::unexpected(*failure_);
      break;
    }
    if (!is_end) bytes += 1 + message->len + message->key_len;
    take(*batch, std::move(message));
  }
  if (ahead_.has_room_again({bytes, batch->records().size()},
                            rd_kafka_queue_length(queue_.get()))) {
    wake_fetchers(*handle_, *sources_);
  }
  return batch;
}

// A record, or where its partition ends.
void KafkaMemberReader::take(MessageBatch& batch, MessagePtr message) {
  const auto source = source_of(*message);
  if (!source) return;
  auto& next = next_[*source];
  const Offset offset{message->offset};
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    next = offset.next();
    batch.add(*source, message.release());
  } else if (offset > next) {
    next = offset;
    batch.add_end({*source, offset});
  }
}

void KafkaMemberReader::on_rebalance(rd_kafka_t* handle, rd_kafka_resp_err_t error,
                                     PartitionList* partitions, void* opaque) {
  auto& self = *static_cast<KafkaMemberReader*>(opaque);
  ++self.assignments_;
  if (error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    const auto taken = self.take(*partitions);
    if (taken) return;
    self.failure_ = taken.error();
  }
  self.give_up();
  rd_kafka_assign(handle, nullptr);
}

// Where each partition is read from is settled here, so that an offset which is out of reach is an
// error, and never a silent jump.
Status KafkaMemberReader::take(PartitionList& partitions) {
  const auto what = fmt::format("group '{}': cannot take its partitions", group_);
  const auto asked = rd_kafka_committed(handle_.get(), &partitions, timeout_ms(request_timeout_));
  if (asked != RD_KAFKA_RESP_ERR_NO_ERROR) return kafka_fail(asked, what);
  Position assigned;
  std::vector<Offset> next;
  auto sources = std::make_shared<std::vector<TopicPartition>>();
  for (int i = 0; i < partitions.cnt; ++i) {
    auto& partition = partitions.elems[i];
    if (partition.err != RD_KAFKA_RESP_ERR_NO_ERROR) return kafka_fail(partition.err, what);
    if (partition.offset < 0) DAYBOOK_TRY_VOID(find_beginning(partition));
    const TopicPartition ours{partition.topic, PartitionId{partition.partition}};
    assigned[ours] = Offset{partition.offset};
    sources->push_back(ours);
    next.push_back(assigned.at(ours));
  }
  const auto done = rd_kafka_assign(handle_.get(), &partitions);
  if (done != RD_KAFKA_RESP_ERR_NO_ERROR) return kafka_fail(done, what);
  membership_.reset(rd_kafka_consumer_group_metadata(handle_.get()));
  assigned_ = std::move(assigned);
  sources_ = std::move(sources);
  next_ = std::move(next);
  last_source_ = 0;
  return {};
}

Status KafkaMemberReader::find_beginning(rd_kafka_topic_partition_t& partition) {
  std::int64_t low = 0;
  std::int64_t high = 0;
  const auto error =
      rd_kafka_query_watermark_offsets(handle_.get(), partition.topic, partition.partition, &low,
                                       &high, timeout_ms(request_timeout_));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return kafka_fail(error, fmt::format("cannot find the beginning of {}-{}", partition.topic,
                                         partition.partition));
  }
  partition.offset = low;
  return {};
}

void KafkaMemberReader::give_up() {
  assigned_.clear();
  sources_ = std::make_shared<const std::vector<TopicPartition>>();
  next_.clear();
  membership_.reset();
}

// The library mends by itself what may pass; the rest is kept.
bool KafkaMemberReader::has_failed(const rd_kafka_message_t& message) {
  const char* topic = message.rkt != nullptr ? rd_kafka_topic_name(message.rkt) : nullptr;
  const auto what = topic == nullptr ? fmt::format("group '{}'", group_)
                                     : fmt::format("group '{}': cannot read {}-{}", group_, topic,
                                                   message.partition);
  if (message.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
    failure_ =
        Error{ErrorCode::kInvalid, fmt::format("{}: the committed offset is outside the log: {}",
                                               what, rd_kafka_message_errstr(&message))};
    return true;
  }
  auto cause = message.err;
  std::array<char, kReasonBytes> reason{};
  if (cause == RD_KAFKA_RESP_ERR__FATAL) {
    cause = rd_kafka_fatal_error(handle_.get(), reason.data(), reason.size());
  }
  const auto error = kafka_fail(cause, what, rd_kafka_message_errstr(&message)).error();
  if (!error.retriable()) failure_ = error;
  return failure_.has_value();
}

// Nothing for a record of a partition that has gone.
std::optional<std::size_t> KafkaMemberReader::source_of(const rd_kafka_message_t& message) {
  const auto is_it = [&](std::size_t i) {
    return (*sources_)[i].partition.value == message.partition &&
           (*sources_)[i].topic == rd_kafka_topic_name(message.rkt);
  };
  if (last_source_ < sources_->size() && is_it(last_source_)) return last_source_;
  for (last_source_ = 0; last_source_ < sources_->size(); ++last_source_) {
    if (is_it(last_source_)) return last_source_;
  }
  return std::nullopt;
}

Result<std::unique_ptr<MemberReader>> join_group(const KafkaOptions& options,
                                                 const GroupSpec& spec) {
  auto member = std::make_unique<KafkaMemberReader>(options, spec.group);
  DAYBOOK_TRY_VOID(member->open(options, spec));
  return member;
}

}  // namespace daybook::client::kafka
