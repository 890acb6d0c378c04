// A MemberReader over librdkafka's consumer, with Kafka's classic protocol and static membership.
// The library keeps the membership alive in the background; partitions are taken and given up in
// fetch() alone, so that a batch is of one membership, whose metadata is kept for the commit. What
// the library has queued of an earlier membership, records or ends, it drops by itself.
//
// Messages are taken from the library many at once, and a new assignment may come up among them. It
// is put aside until they are there. The library waits for the answer, so nothing among them is of
// the new one.

#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "client/kafka/batch.h"
#include "client/kafka/handle.h"
#include "client/kafka/read_ahead.h"
#include "client/kafka_client.h"
#include "client/transactions.h"

namespace daybook::client::kafka {

// After this long without a sign of life the member's partitions are given to others. Apache
// Kafka's least, group.min.session.timeout.ms.
inline constexpr milliseconds kSessionTimeout{6'000};

using MessagePtr = std::unique_ptr<rd_kafka_message_t, Freed<rd_kafka_message_destroy>>;
using MembershipPtr = std::unique_ptr<rd_kafka_consumer_group_metadata_t,
                                      Freed<rd_kafka_consumer_group_metadata_destroy>>;

class KafkaMemberReader final : public MemberReader {
 public:
  KafkaMemberReader(const KafkaOptions& options, std::string group)
      : group_(std::move(group)),
        request_timeout_(options.request_timeout),
        patience_(options.patience),
        ahead_(options.read_ahead_bytes) {}
  // Leaves the group, or lets the session run out if it has an instance.
  ~KafkaMemberReader() override;

  Status open(const KafkaOptions& options, const GroupSpec& spec);

  Result<std::unique_ptr<Batch>> fetch(std::size_t max_records, std::size_t max_bytes,
                                       milliseconds max_wait) override;
  const Position& assigned() const override { return assigned_; }
  std::uint64_t assignments() const override { return assignments_; }

  // What the group knows the member by since the last assignment; null if there is none.
  const rd_kafka_consumer_group_metadata_t* membership() const { return membership_.get(); }
  const std::string& group() const { return group_; }

 private:
  using PartitionList = rd_kafka_topic_partition_list_t;
  static void on_rebalance(rd_kafka_t*, rd_kafka_resp_err_t error, PartitionList* partitions,
                           void* opaque);
  void rebalance(PartitionList* given);
  Status take(PartitionList& partitions);
  Status find_beginnings(PartitionList& partitions);
  void give_up();
  std::size_t wait_for_message(std::span<rd_kafka_message_t*> room, int wait_ms);
  std::size_t take_messages(std::span<rd_kafka_message_t*> room);
  std::size_t take(MessageBatch& batch, MessagePtr message);
  void note_failure(const rd_kafka_message_t& message);
  std::optional<std::size_t> source_of(const rd_kafka_message_t& message);

  std::string group_;
  milliseconds request_timeout_;
  std::shared_ptr<const Patience> patience_;
  ReadAhead ahead_;
  HandlePtr handle_;
  QueuePtr queue_;  // the consumer's
  MembershipPtr membership_;
  bool takes_many_ = false;
  std::optional<ListPtr> asked_;  // an assignment that was put aside; null: none is left
  Position assigned_;
  std::uint64_t assignments_ = 0;
  Sources sources_ = std::make_shared<const std::vector<TopicPartition>>();
  std::vector<Offset> next_;     // of each source: past what was taken
  std::size_t last_source_ = 0;  // most messages come from where the one before came from
  std::optional<Error> failure_;
};

Result<std::unique_ptr<MemberReader>> join_group(const KafkaOptions& options,
                                                 const GroupSpec& spec);

}  // namespace daybook::client::kafka
