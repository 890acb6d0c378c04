#include "client/kafka/member_reader.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "client/kafka/admin.h"

namespace daybook::client::kafka {
namespace {

constexpr milliseconds kHeartbeatInterval{1'000};
constexpr milliseconds kNewPartitionsInterval{10'000};
constexpr std::size_t kTakeStep = 256;  // messages that are taken at once

int ms_until(std::chrono::steady_clock::time_point deadline) {
  const auto left = deadline - std::chrono::steady_clock::now();
  return std::max(0, timeout_ms(std::chrono::ceil<milliseconds>(left)));
}

// How many messages may come at once, if they are as large as those before: the bytes are looked at
// in between.
std::size_t room_for(std::size_t records, std::size_t max_records, std::size_t bytes,
                     std::size_t max_bytes) {
  const auto record_bytes = 1 + bytes / std::max<std::size_t>(records, 1);
  const auto fitting = 1 + (max_bytes - std::min(bytes, max_bytes)) / record_bytes;
  return std::min({kTakeStep, max_records - records, fitting});
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
  std::array<rd_kafka_message_t*, kTakeStep> taken;
  const auto deadline = std::chrono::steady_clock::now() + max_wait;
  while (batch->records().size() < max_records && (bytes == 0 || bytes < max_bytes)) {
    const auto before = assignments_;
    const bool has_any = !batch->records().empty() || !batch->ends().empty();
    const auto room = room_for(batch->records().size(), max_records, bytes, max_bytes);
    const auto count = has_any ? take_messages(std::span(taken).first(room))
                               : wait_for_message(taken, ms_until(deadline));
    if (assignments_ != before) {
      batch->restart(sources_);
      bytes = 0;
    }
    for (std::size_t i = 0; i < count; ++i) bytes += take(*batch, MessagePtr(taken[i]));
    if (failure_ && batch->records().empty()) return std::unexpected(*failure_);
    if (count == 0 || failure_) break;
  }
  if (ahead_.has_room_again({bytes, batch->records().size()},
                            rd_kafka_queue_length(queue_.get()))) {
    wake_fetchers(*handle_, *sources_);
  }
  return batch;
}

// One, and the callbacks of this call come before it: it is of the assignment that they leave.
std::size_t KafkaMemberReader::wait_for_message(std::span<rd_kafka_message_t*> room, int wait_ms) {
  room[0] = rd_kafka_consumer_poll(handle_.get(), wait_ms);
  return room[0] != nullptr ? 1 : 0;
}

// Those that are there. All of them are of the assignment before, so that none is left if another
// has come.
std::size_t KafkaMemberReader::take_messages(std::span<rd_kafka_message_t*> room) {
  takes_many_ = true;
  const auto count = rd_kafka_consume_batch_queue(queue_.get(), 0, room.data(), room.size());
  takes_many_ = false;
  if (count <= 0 && !asked_) return 0;
  if (!asked_) return static_cast<std::size_t>(count);
  for (ssize_t i = 0; i < count; ++i) rd_kafka_message_destroy(room[static_cast<std::size_t>(i)]);
  const auto given = std::exchange(asked_, std::nullopt);
  rebalance(given->get());
  return 0;
}

// A record, whose bytes it returns, or where its partition ends. An error is kept for when the
// records before it are read.
std::size_t KafkaMemberReader::take(MessageBatch& batch, MessagePtr message) {
  if (failure_) return 0;
  const bool is_record = message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
  if (!is_record && message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    note_failure(*message);
    return 0;
  }
  const auto source = source_of(*message);
  if (!source) return 0;
  auto& next = next_[*source];
  const Offset offset{message->offset};
  if (is_record) {
    const auto bytes = 1 + message->len + message->key_len;
    next = offset.next();
    batch.add(*source, message.release());
    return bytes;
  }
  if (offset > next) {
    next = offset;
    batch.add_end({*source, offset});
  }
  return 0;
}

void KafkaMemberReader::on_rebalance(rd_kafka_t*, rd_kafka_resp_err_t error,
                                     PartitionList* partitions, void* opaque) {
  auto& self = *static_cast<KafkaMemberReader*>(opaque);
  auto* given = error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS ? partitions : nullptr;
  if (!self.takes_many_) return self.rebalance(given);
  self.asked_.emplace(given == nullptr ? nullptr : rd_kafka_topic_partition_list_copy(given));
}

// Takes what is given, or gives up everything. The library waits for either.
void KafkaMemberReader::rebalance(PartitionList* given) {
  ++assignments_;
  if (given != nullptr) {
    const auto taken = take(*given);
    if (taken) return;
    failure_ = taken.error();
  }
  give_up();
  rd_kafka_assign(handle_.get(), nullptr);
}

// Where each partition is read from is settled here, so that an offset which is out of reach is an
// error, and never a silent jump.
Status KafkaMemberReader::take(PartitionList& partitions) {
  const auto what = fmt::format("group '{}': cannot take its partitions", group_);
  const auto asked = rd_kafka_committed(handle_.get(), &partitions,
                                        timeout_ms(patience_->limit(request_timeout_)));
  if (asked != RD_KAFKA_RESP_ERR_NO_ERROR) return kafka_fail(asked, what);
  const std::span taken(partitions.elems, static_cast<std::size_t>(partitions.cnt));
  for (const auto& each : taken) {
    if (each.err != RD_KAFKA_RESP_ERR_NO_ERROR) return kafka_fail(each.err, what);
  }
  DAYBOOK_TRY_VOID(find_beginnings(partitions));
  Position assigned;
  std::vector<Offset> next;
  auto sources = std::make_shared<std::vector<TopicPartition>>();
  for (const auto& each : taken) {
    const TopicPartition ours{each.topic, PartitionId{each.partition}};
    assigned[ours] = Offset{each.offset};
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

// Of those of which nothing was committed.
Status KafkaMemberReader::find_beginnings(PartitionList& partitions) {
  const ListPtr unread(rd_kafka_topic_partition_list_new(partitions.cnt));
  for (const auto& each : std::span(partitions.elems, static_cast<std::size_t>(partitions.cnt))) {
    if (each.offset >= 0) continue;
    rd_kafka_topic_partition_list_add(unread.get(), each.topic, each.partition)->offset =
        RD_KAFKA_OFFSET_BEGINNING;
  }
  if (unread->cnt == 0) return {};
  const auto wait_ms = timeout_ms(patience_->limit(request_timeout_));
  const auto error = find_offsets(*handle_, *unread, wait_ms);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return kafka_fail(error,
                      fmt::format("group '{}': cannot find where its partitions begin", group_));
  }
  for (const auto& each : std::span(unread->elems, static_cast<std::size_t>(unread->cnt))) {
    rd_kafka_topic_partition_list_set_offset(&partitions, each.topic, each.partition, each.offset);
  }
  return {};
}

void KafkaMemberReader::give_up() {
  assigned_.clear();
  sources_ = std::make_shared<const std::vector<TopicPartition>>();
  next_.clear();
  membership_.reset();
}

// The library mends by itself what may pass; the rest is kept.
void KafkaMemberReader::note_failure(const rd_kafka_message_t& message) {
  const char* topic = message.rkt != nullptr ? rd_kafka_topic_name(message.rkt) : nullptr;
  const auto what = topic == nullptr ? fmt::format("group '{}'", group_)
                                     : fmt::format("group '{}': cannot read {}-{}", group_, topic,
                                                   message.partition);
  if (message.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
    failure_ =
        Error{ErrorCode::kInvalid, fmt::format("{}: the committed offset is outside the log: {}",
                                               what, rd_kafka_message_errstr(&message))};
    return;
  }
  auto cause = message.err;
  std::array<char, kReasonBytes> reason{};
  if (cause == RD_KAFKA_RESP_ERR__FATAL) {
    cause = rd_kafka_fatal_error(handle_.get(), reason.data(), reason.size());
  }
  const auto error = kafka_fail(cause, what, rd_kafka_message_errstr(&message)).error();
  if (!error.retriable()) failure_ = error;
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
