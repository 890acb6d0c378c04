// The administrative half of the Kafka LogClient: topics, their configuration and their offsets.
// Every request waits for its answer, at most KafkaOptions::request_timeout. Threads: any.

#pragma once

#include "client/kafka/handle.h"
#include "client/log_client.h"

namespace daybook::client::kafka {

// Asks who the brokers are, and nothing else.
Status reach(rd_kafka_t& handle, milliseconds limit);

class Admin {
 public:
  // Of a consumer, which unlike a producer creates no topic by asking for it.
  Admin(HandlePtr handle, milliseconds timeout) : handle_(std::move(handle)), timeout_(timeout) {}

  Status reach(milliseconds limit) { return kafka::reach(*handle_, limit); }
  Result<std::vector<TopicInfo>> list_topics();
  Result<TopicInfo> describe_topic(const std::string& name);
  Status create_topic(const TopicSpec& spec);
  Status delete_topic(const std::string& name);
  Status configure_topic(const std::string& name, const TopicChange& change);
  Result<std::map<std::string, std::string>> topic_config(const std::string& name);
  Result<OffsetRange> offsets(const TopicPartition& partition);
  Result<Offset> offset_at(const TopicPartition& partition, TimestampMs time);

 private:
  using EventPtr = std::unique_ptr<rd_kafka_event_t, Freed<rd_kafka_event_destroy>>;
  using OptionsPtr = std::unique_ptr<rd_kafka_AdminOptions_t, Freed<rd_kafka_AdminOptions_destroy>>;

  // With `only_set`, without the defaults.
  Result<std::map<std::string, std::string>> read_config(const std::string& name, bool only_set,
                                                         const std::string& what);
  Status add_partitions(const std::string& name, std::int32_t partitions, const std::string& what);
  Status write_config(const std::string& name, const std::map<std::string, std::string>& config,
                      const std::string& what);
  Result<OptionsPtr> admin_options(rd_kafka_admin_op_t operation);
  Status wait_until_seen(const std::string& name, bool there);
  Result<EventPtr> answer(rd_kafka_queue_t* queue, const std::string& what);

  HandlePtr handle_;
  milliseconds timeout_;
};

}  // namespace daybook::client::kafka
