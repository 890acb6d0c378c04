// What every writer is made of: librdkafka's producer, with acks=all and Kafka's own partitioner.
// At most kMaxQueuedRecords and kMaxQueuedBytes wait to be acknowledged; a record never expires by
// itself.
//
// Its first error ends a Producer: what is queued is dropped, and every call answers that error.
//
// One thread at a time. The library calls back into the object, so it stays where it was made.

#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "client/kafka/handle.h"
#include "client/kafka_client.h"
#include "client/log_client.h"

namespace daybook::client::kafka {

inline constexpr std::size_t kMaxQueuedRecords = 100'000;
inline constexpr std::size_t kMaxQueuedBytes = 64 << 20;
// One record. A broker may allow less: Apache Kafka's default is 1 MiB.
inline constexpr std::size_t kMaxRecordBytes = 16 << 20;

class Producer {
 public:
  explicit Producer(const KafkaOptions& options)
      : write_timeout_(options.write_timeout), patience_(options.patience) {}
  // What is not acknowledged yet is dropped: a caller that wants it there flushes first.
  ~Producer();
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  // `properties` beside those that every producer has. Once, before anything else.
  Status open(const KafkaOptions& options, const Properties& properties);
  Status write(const OutgoingRecord& record);
  // Serves the library's callbacks, for at most `wait_ms`; the error that ended the producer.
  Status poll(int wait_ms);
  // Drops what is queued; every further call answers `error`, or the one before it.
  void end(Error error);
  rd_kafka_t* handle() { return handle_.get(); }

 private:
  rd_kafka_resp_err_t produce(rd_kafka_topic_t* topic, const OutgoingRecord& record);
  Result<rd_kafka_topic_t*> topic_of(std::string_view name);
  Status end_with(rd_kafka_resp_err_t error, const OutgoingRecord& record);
  void end_fatally();
  static void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque);
  static void on_error(rd_kafka_t*, int error, const char*, void* opaque);

  milliseconds write_timeout_;
  std::shared_ptr<const Patience> patience_;
  HandlePtr handle_;
  std::map<std::string, TopicPtr, std::less<>> topics_;
  std::optional<Error> ended_;
  std::uint64_t writes_ = 0;
};

}  // namespace daybook::client::kafka
