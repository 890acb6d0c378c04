// For tests: a transactional producer that speaks version 1 or 2 of the protocol, request by
// request, and what readers of committed records see.

#pragma once

#include <expected>
#include <map>
#include <string>
#include <vector>

#include "broker/test_requests.h"
#include "broker/transactions/transaction.h"
#include "wire/apis/groups/offset_fetch.h"
#include "wire/apis/transactions/add_offsets_to_txn.h"
#include "wire/apis/transactions/add_partitions_to_txn.h"
#include "wire/apis/transactions/describe_producers.h"
#include "wire/apis/transactions/describe_transactions.h"
#include "wire/apis/transactions/end_txn.h"
#include "wire/apis/transactions/init_producer_id.h"
#include "wire/apis/transactions/list_transactions.h"
#include "wire/apis/transactions/txn_offset_commit.h"

namespace daybook::broker {

class TestProducer {
 public:
  TestProducer(TestClient& client, std::string id, std::int16_t protocol)
      : client_(&client), id_(std::move(id)), v2_(protocol == 2) {}

  void use(TestClient& client) { client_ = &client; }
  const std::string& id() const { return id_; }
  const ProducerIdentity& identity() const { return identity_; }
  void set_identity(const ProducerIdentity& identity) { identity_ = identity; }

  wire::KafkaError init(std::chrono::milliseconds timeout = std::chrono::minutes(1)) {
    wire::InitProducerIdRequest request;
    request.transactional_id = id_;
    request.transaction_timeout_ms = static_cast<std::int32_t>(timeout.count());
    const auto answer = client_->ask(request);
    if (answer.error_code == wire::KafkaError::kNone) {
      set_new({answer.producer_id, answer.producer_epoch});
    }
    return answer.error_code;
  }

  wire::KafkaError add(const std::string& topic, PartitionId partition) {
    wire::AddPartitionsToTxnRequest request;
    request.v3_and_below_transactional_id = id_;
    request.v3_and_below_producer_id = identity_.id;
    request.v3_and_below_producer_epoch = identity_.epoch;
    request.v3_and_below_topics.push_back({topic, {partition}});
    return client_->ask(request, 3)
        .results_by_topic_v3_and_below.at(0)
        .results_by_partition.at(0)
        .partition_error_code;
  }

  // The producer's next batch for that partition.
  Bytes batch(const std::string& topic, const std::string& value,
              PartitionId partition = PartitionId{0}) {
    return test_batch({value}, {.producer_id = identity_.id,
                                .producer_epoch = identity_.epoch,
                                .base_sequence = sequences_[{topic, partition.value}],
                                .transactional = true});
  }

  wire::KafkaError write_without_adding(const std::string& topic, const std::string& value,
                                        PartitionId partition = PartitionId{0}) {
    const Bytes records = batch(topic, value, partition);
    auto request = produce_request(topic, records, partition);
    request.transactional_id = id_;
    const std::int16_t version = v2_ ? 12 : 11;
    const auto response = client_->ask(request, version);
    const auto error = response.responses.at(0).partition_responses.at(0).error_code;
    if (error == wire::KafkaError::kNone) ++sequences_[{topic, partition.value}];
    return error;
  }

  wire::KafkaError write(const std::string& topic, const std::string& value,
                         PartitionId partition = PartitionId{0}) {
    if (!v2_) {
      const auto added = add(topic, partition);
      // Producing tells a fenced producer, whatever adding says.
      if (added != wire::KafkaError::kNone && added != wire::KafkaError::kProducerFenced) {
        return added;
      }
    }
    return write_without_adding(topic, value, partition);
  }

  wire::KafkaError commit_offset(const std::string& group, const std::string& topic,
                                 std::int64_t offset, std::int32_t generation = -1,
                                 const std::string& member = "") {
    if (!v2_) {
      const auto added =
          client_->ask(wire::AddOffsetsToTxnRequest{id_, identity_.id, identity_.epoch, group});
      if (added.error_code != wire::KafkaError::kNone) return added.error_code;
    }
    wire::TxnOffsetCommitRequest request;
    request.transactional_id = id_;
    request.group_id = group;
    request.producer_id = identity_.id;
    request.producer_epoch = identity_.epoch;
    request.generation_id = generation;
    request.member_id = member;
    request.topics.push_back({topic, {{PartitionId{0}, Offset{offset}, kNoEpoch, ""}}});
    const std::int16_t version = v2_ ? 5 : 4;
    return client_->ask(request, version).topics.at(0).partitions.at(0).error_code;
  }

  wire::KafkaError end(bool commit) {
    const wire::EndTxnRequest request{id_, identity_.id, identity_.epoch, commit};
    const std::int16_t version = v2_ ? 5 : 4;
    const auto answer = client_->ask(request, version);
    if (v2_ && answer.error_code == wire::KafkaError::kNone) {
      set_new({answer.producer_id, answer.producer_epoch});
    }
    return answer.error_code;
  }

  wire::DescribeTransactionsResponse::TransactionState describe() {
    return client_->ask(wire::DescribeTransactionsRequest{{id_}}).transaction_states.at(0);
  }
  std::string state() { return describe().transaction_state; }

 private:
  // A new epoch counts from 0.
  void set_new(const ProducerIdentity& identity) {
    if (identity != identity_) sequences_.clear();
    identity_ = identity;
  }

  TestClient* client_;
  std::string id_;
  bool v2_;
  ProducerIdentity identity_;
  std::map<std::pair<std::string, std::int32_t>, std::int32_t> sequences_;
};

inline wire::FetchResponse::Partition fetch_committed(TestClient& client, const std::string& topic,
                                                      PartitionId partition, Offset from) {
  auto request = fetch_request(topic, from);
  request.isolation_level = 1;
  request.topics[0].partitions[0].partition = partition;
  return client.ask(request, kByName).responses.at(0).partitions.at(0);
}

inline Offset last_stable_offset(TestClient& client, const std::string& topic) {
  return fetch_committed(client, topic, PartitionId{0}, Offset{0}).last_stable_offset;
}

// The values that a consumer of committed records hands out: as it would, it leaves out markers,
// and what a producer has written between the beginning of an aborted transaction and its marker.
inline std::vector<std::string> committed_values(TestClient& client, const std::string& topic,
                                                 PartitionId partition) {
  std::vector<std::string> values;
  std::map<ProducerId, bool> aborting;
  for (Offset from{0};;) {
    const auto answer = fetch_committed(client, topic, partition, from);
    if (!answer.records || answer.records->empty()) return values;
    BytesView left = answer.records->front().bytes;
    if (left.empty()) return values;
    while (!left.empty()) {
      const wire::BatchView batch = wire::frame_batch(left).value();
      left = left.subspan(batch.size_bytes());
      from = batch.next_offset();
      for (const auto& aborted : *answer.aborted_transactions) {
        if (aborted.first_offset == batch.base_offset()) aborting[aborted.producer_id] = true;
      }
      if (batch.is_control()) {
        aborting[batch.producer_id()] = false;
        continue;
      }
      if (batch.is_transactional() && aborting[batch.producer_id()]) continue;
      auto reader = wire::RecordReader::open(batch).value();
      wire::Record record;
      while (reader.next(record).value_or(false)) {
        values.emplace_back(as_text(record.value.value_or(BytesView{})));
      }
    }
  }
}

// What the group has committed for partition 0, or why it cannot be told yet.
inline std::expected<Offset, wire::KafkaError> stable_offset(TestClient& client,
                                                             const std::string& group,
                                                             const std::string& topic) {
  wire::OffsetFetchRequest request;
  request.require_stable = true;
  request.groups.resize(1);
  request.groups[0].group_id = group;
  request.groups[0].topics.emplace(1);
  request.groups[0].topics->at(0).name = topic;
  request.groups[0].topics->at(0).partition_indexes = {PartitionId{0}};
  const auto answer = client.ask(request, 9).groups.at(0).topics.at(0).partitions.at(0);
  if (answer.error_code != wire::KafkaError::kNone) return std::unexpected(answer.error_code);
  return answer.committed_offset;
}

}  // namespace daybook::broker
