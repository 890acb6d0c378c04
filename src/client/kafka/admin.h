// The administrative half of the Kafka LogClient: topics, their configuration and their offsets.
// Every request waits for its answer, at most KafkaOptions::request_timeout. What only looks up
// gives way soon after the patience has begun to end. Threads: any.

#pragma once

#include "client/kafka/handle.h"
#include "client/log_client.h"

namespace daybook::client::kafka {

// Asks who the brokers are, and nothing else.
Status reach(rd_kafka_t& handle, milliseconds limit);

// Finds for each partition the first offset at or after the time that it has as its offset,
// negative if there is none; for RD_KAFKA_OFFSET_BEGINNING and RD_KAFKA_OFFSET_END, those. All in
// one round trip; the first error of a partition is that of the whole. The list is not empty.
// (rd_kafka_query_watermark_offsets() takes one partition, and waits for a broker that has gone
// without regard to the time that it is given.)
rd_kafka_resp_err_t find_offsets(rd_kafka_t& handle, rd_kafka_topic_partition_list_t& partitions,
                                 int wait_ms);

class Admin {
 public:
  // Of a consumer, which unlike a producer creates no topic by asking for it.
  Admin(HandlePtr handle, milliseconds timeout, std::shared_ptr<const Patience> patience)
      : handle_(std::move(handle)), timeout_(timeout), patience_(std::move(patience)) {}

  Status reach(milliseconds limit) { return kafka::reach(*handle_, limit); }
  Result<std::vector<TopicInfo>> list_topics();
  Result<TopicInfo> describe_topic(const std::string& name);
  Status create_topic(const TopicSpec& spec);
  Status delete_topic(const std::string& name);
  Status configure_topic(const std::string& name, const TopicChange& change);
  Result<std::map<std::string, std::string>> topic_config(const std::string& name);
  Result<OffsetRanges> offsets_of(const std::vector<TopicPartition>& partitions);
  Result<Offset> offset_at(const TopicPartition& partition, TimestampMs time);

 private:
  using EventPtr = std::unique_ptr<rd_kafka_event_t, Freed<rd_kafka_event_destroy>>;
  using MetadataPtr =
      std::unique_ptr<const struct rd_kafka_metadata, Freed<rd_kafka_metadata_destroy>>;
  using OptionsPtr = std::unique_ptr<rd_kafka_AdminOptions_t, Freed<rd_kafka_AdminOptions_destroy>>;

  template <class Ask>
  rd_kafka_resp_err_t ask(const Ask& ask_within);
  Result<ListPtr> find(const std::vector<TopicPartition>& partitions, std::int64_t time,
                       std::string_view what);
  Result<MetadataPtr> metadata(bool all_topics, rd_kafka_topic_t* topic, const std::string& what);
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
  std::shared_ptr<const Patience> patience_;
};

}  // namespace daybook::client::kafka
