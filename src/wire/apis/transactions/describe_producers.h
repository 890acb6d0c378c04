// The producers that a partition remembers, and since which offset each has a transaction open.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "wire/api_registry.h"
#include "wire/error_code.h"
#include "wire/message.h"

namespace daybook::wire {

struct DescribeProducersRequest {
  using Api = struct DescribeProducersApi;

  struct Topic {
    std::string name;
    std::vector<PartitionId> partition_indexes;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::vector<Topic> topics;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct DescribeProducersResponse {
  using Api = struct DescribeProducersApi;

  struct ProducerState {
    ProducerId producer_id;
    std::int32_t producer_epoch = 0;
    std::int32_t last_sequence = -1;
    TimestampMs last_timestamp = kNoTimestamp;
    std::int32_t coordinator_epoch = 0;
    Offset current_txn_start_offset{-1};

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Partition {
    PartitionId partition_index;
    KafkaError error_code = KafkaError::kNone;
    std::optional<std::string> error_message;
    std::vector<ProducerState> active_producers;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Topic {
    std::string name;
    std::vector<Partition> partitions;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::int32_t throttle_time_ms = 0;
  std::vector<Topic> topics;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct DescribeProducersApi {
  static constexpr ApiKey kKey{61};
  static constexpr std::string_view kName = "DescribeProducers";
  static constexpr VersionRange kVersions{0, 0};
  static constexpr std::int16_t kFlexibleSince = 0;
  using Request = DescribeProducersRequest;
  using Response = DescribeProducersResponse;
};

}  // namespace daybook::wire
