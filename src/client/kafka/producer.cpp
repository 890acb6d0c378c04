#include "client/kafka/producer.h"

#include <array>

#include <fmt/format.h>

namespace daybook::client::kafka {
namespace {

constexpr int kFullQueuePollMs = 20;
constexpr int kWritesPerPoll = 64;

// Present but empty is not absent, even if the view points nowhere.
void* data_of(const std::optional<std::string_view>& text) {
  static char empty = 0;
  if (!text) return nullptr;
  return text->data() == nullptr ? &empty : const_cast<char*>(text->data());
}

}  // namespace

Status Producer::open(const KafkaOptions& options, const Properties& properties) {
  Properties all = {
      {"enable.idempotence", "true"},
      {"acks", "all"},
      {"partitioner", "murmur2_random"},
      {"linger.ms", std::to_string(options.linger.count())},
      {"message.max.bytes", std::to_string(kMaxRecordBytes)},
      {"batch.size", "1000000"},
      {"retry.backoff.ms", "50"},
      {"queue.buffering.max.messages", std::to_string(kMaxQueuedRecords)},
      {"queue.buffering.max.kbytes", std::to_string(kMaxQueuedBytes >> 10)},
      {"delivery.report.only.error", "true"},
  };
  all.insert(all.end(), properties.begin(), properties.end());
  DAYBOOK_TRY(auto conf, make_conf(options, all));
  rd_kafka_conf_set_opaque(conf.get(), this);
  rd_kafka_conf_set_dr_msg_cb(conf.get(), on_delivery);
  rd_kafka_conf_set_error_cb(conf.get(), on_error);
  DAYBOOK_TRY(handle_, make_handle(RD_KAFKA_PRODUCER, std::move(conf)));
  return {};
}

Producer::~Producer() {
  if (handle_ == nullptr) return;
  rd_kafka_purge(handle_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_flush(handle_.get(), 0);
  topics_.clear();
}

Status Producer::write(const OutgoingRecord& record) {
  if (++writes_ % kWritesPerPoll == 0) rd_kafka_poll(handle_.get(), 0);
  if (ended_) return std::unexpected(*ended_);
  DAYBOOK_TRY(auto* topic, topic_of(record.topic));
  std::optional<Patience::Clock::time_point> deadline;
  while (true) {
    const auto error = produce(topic, record);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) return end_with(error, record);
    if (!deadline) deadline = patience_->deadline(write_timeout_);
    DAYBOOK_TRY_VOID(poll(kFullQueuePollMs));
    if (patience_->is_over(*deadline)) {
      return fail(ErrorCode::kTimedOut,
                  fmt::format("topic '{}': the log has not acknowledged for {} s and the queue "
                              "of {} records is full",
                              record.topic, write_timeout_.count() / 1000, kMaxQueuedRecords));
    }
  }
}

Status Producer::poll(int wait_ms) {
  rd_kafka_poll(handle_.get(), wait_ms);
  return ended_ ? Status(std::unexpected(*ended_)) : Status();
}

rd_kafka_resp_err_t Producer::produce(rd_kafka_topic_t* topic, const OutgoingRecord& record) {
  rd_kafka_headers_t* headers = nullptr;
  if (!record.headers.empty()) {
    headers = rd_kafka_headers_new(record.headers.size());
    for (const auto& header : record.headers) {
      rd_kafka_header_add(headers, header.name.data(), static_cast<ssize_t>(header.name.size()),
                          header.value ? header.value->data() : nullptr,
                          header.value ? static_cast<ssize_t>(header.value->size()) : 0);
    }
  }
  const auto timestamp = record.timestamp == kNoTimestamp ? 0 : record.timestamp.value;
  const auto partition = record.partition ? record.partition->value : RD_KAFKA_PARTITION_UA;
  const auto error = rd_kafka_producev(
      handle_.get(), RD_KAFKA_V_RKT(topic), RD_KAFKA_V_PARTITION(partition),
      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_TIMESTAMP(timestamp),
      RD_KAFKA_V_KEY(data_of(record.key), (record.key ? record.key->size() : 0)),
      RD_KAFKA_V_VALUE(data_of(record.value), (record.value ? record.value->size() : 0)),
      RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR && headers != nullptr) {
    rd_kafka_headers_destroy(headers);
  }
  return error;
}

Result<rd_kafka_topic_t*> Producer::topic_of(std::string_view name) {
  const auto found = topics_.find(name);
  if (found != topics_.end()) return found->second.get();
  const std::string owned(name);
  TopicPtr topic(rd_kafka_topic_new(handle_.get(), owned.c_str(), nullptr));
  if (topic == nullptr) {
    return kafka_fail(rd_kafka_last_error(), fmt::format("cannot write topic '{}'", name));
  }
  return topics_.emplace(owned, std::move(topic)).first->second.get();
}

Status Producer::end_with(rd_kafka_resp_err_t error, const OutgoingRecord& record) {
  if (error == RD_KAFKA_RESP_ERR__FATAL) {
    end_fatally();
  } else {
    const auto size = record.value ? record.value->size() : 0;
    end(kafka_fail(error, fmt::format("cannot write a record of {} bytes to topic '{}'", size,
                                      record.topic))
            .error());
  }
  return std::unexpected(*ended_);
}

void Producer::end(Error error) {
  if (ended_) return;
  // A producer that ended cannot be waited for: only a new one may succeed.
  if (error.retriable()) error.code = ErrorCode::kOutcomeUnknown;
  ended_ = std::move(error);
  rd_kafka_purge(handle_.get(), RD_KAFKA_PURGE_F_QUEUE);
}

void Producer::end_fatally() {
  std::array<char, kReasonBytes> reason{};
  const auto cause = rd_kafka_fatal_error(handle_.get(), reason.data(), reason.size());
  end(kafka_fail(cause, "the log refused a record for good", reason.data()).error());
}

void Producer::on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  auto& self = *static_cast<Producer*>(opaque);
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR || self.ended_) return;
  if (message->err == RD_KAFKA_RESP_ERR__FATAL) return self.end_fatally();
  self.end(kafka_fail(message->err,
                      fmt::format("cannot write a record of {} bytes to {}-{}", message->len,
                                  rd_kafka_topic_name(message->rkt), message->partition))
               .error());
}

void Producer::on_error(rd_kafka_t*, int error, const char*, void* opaque) {
  if (error == RD_KAFKA_RESP_ERR__FATAL) static_cast<Producer*>(opaque)->end_fatally();
}

}  // namespace daybook::client::kafka
