// Moves partitions to other brokers. Replicas null cancels a move that has not ended.

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

struct AlterPartitionReassignmentsRequest {
  using Api = struct AlterPartitionReassignmentsApi;

  struct Partition {
    PartitionId partition_index;
    std::optional<std::vector<std::int32_t>> replicas;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Topic {
    std::string name;
    std::vector<Partition> partitions;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::int32_t timeout_ms = 60000;
  bool allow_replication_factor_change = true;
  std::vector<Topic> topics;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct AlterPartitionReassignmentsResponse {
  using Api = struct AlterPartitionReassignmentsApi;

  struct Partition {
    PartitionId partition_index;
    KafkaError error_code = KafkaError::kNone;
    std::optional<std::string> error_message;

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
  bool allow_replication_factor_change = true;
  KafkaError error_code = KafkaError::kNone;
  std::optional<std::string> error_message;
  std::vector<Topic> responses;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct AlterPartitionReassignmentsApi {
  static constexpr ApiKey kKey{45};
  static constexpr std::string_view kName = "AlterPartitionReassignments";
  static constexpr VersionRange kVersions{0, 1};
  static constexpr std::int16_t kFlexibleSince = 0;
  using Request = AlterPartitionReassignmentsRequest;
  using Response = AlterPartitionReassignmentsResponse;
};

}  // namespace daybook::wire
