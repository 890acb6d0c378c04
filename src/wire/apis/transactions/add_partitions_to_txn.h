// Adds partitions to a producer's transaction before it writes to them. Clients use versions 0 to
// 3; from version 4 it is what brokers send each other, for several transactions at once.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.h"
#include "wire/api_registry.h"
#include "wire/error_code.h"
#include "wire/message.h"

namespace daybook::wire {

struct AddPartitionsToTxnRequest {
  using Api = struct AddPartitionsToTxnApi;

  struct Topic {
    std::string name;
    std::vector<PartitionId> partitions;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Transaction {
    std::string transactional_id;
    ProducerId producer_id;
    ProducerEpoch producer_epoch;
    bool verify_only = false;
    std::vector<Topic> topics;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::vector<Transaction> transactions;
  std::string v3_and_below_transactional_id;
  ProducerId v3_and_below_producer_id;
  ProducerEpoch v3_and_below_producer_epoch;
  std::vector<Topic> v3_and_below_topics;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct AddPartitionsToTxnResponse {
  using Api = struct AddPartitionsToTxnApi;

  struct PartitionResult {
    PartitionId partition_index;
    KafkaError partition_error_code = KafkaError::kNone;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct TopicResult {
    std::string name;
    std::vector<PartitionResult> results_by_partition;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct TransactionResult {
    std::string transactional_id;
    std::vector<TopicResult> topic_results;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::int32_t throttle_time_ms = 0;
  KafkaError error_code = KafkaError::kNone;
  std::vector<TransactionResult> results_by_transaction;
  std::vector<TopicResult> results_by_topic_v3_and_below;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct AddPartitionsToTxnApi {
  static constexpr ApiKey kKey{24};
  static constexpr std::string_view kName = "AddPartitionsToTxn";
  static constexpr VersionRange kVersions{0, 5};
  static constexpr std::int16_t kFlexibleSince = 3;
  using Request = AddPartitionsToTxnRequest;
  using Response = AddPartitionsToTxnResponse;
};

}  // namespace daybook::wire
