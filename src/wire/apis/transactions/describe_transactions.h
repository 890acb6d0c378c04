// The state of transactional ids, with the partitions of the transaction that is open.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.h"
#include "wire/api_registry.h"
#include "wire/error_code.h"
#include "wire/message.h"

namespace daybook::wire {

struct DescribeTransactionsRequest {
  using Api = struct DescribeTransactionsApi;

  std::vector<std::string> transactional_ids;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct DescribeTransactionsResponse {
  using Api = struct DescribeTransactionsApi;

  struct Topic {
    std::string topic;
    std::vector<PartitionId> partitions;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct TransactionState {
    KafkaError error_code = KafkaError::kNone;
    std::string transactional_id;
    std::string transaction_state;
    std::int32_t transaction_timeout_ms = 0;
    TimestampMs transaction_start_time_ms;
    ProducerId producer_id;
    ProducerEpoch producer_epoch;
    std::vector<Topic> topics;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::int32_t throttle_time_ms = 0;
  std::vector<TransactionState> transaction_states;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct DescribeTransactionsApi {
  static constexpr ApiKey kKey{65};
  static constexpr std::string_view kName = "DescribeTransactions";
  static constexpr VersionRange kVersions{0, 0};
  static constexpr std::int16_t kFlexibleSince = 0;
  using Request = DescribeTransactionsRequest;
  using Response = DescribeTransactionsResponse;
};

}  // namespace daybook::wire
