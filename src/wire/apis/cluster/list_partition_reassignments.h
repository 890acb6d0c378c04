// The partitions that are on their way to other brokers. Topics null asks for all.

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

struct ListPartitionReassignmentsRequest {
  using Api = struct ListPartitionReassignmentsApi;

  struct Topic {
    std::string name;
    std::vector<PartitionId> partition_indexes;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::int32_t timeout_ms = 60000;
  std::optional<std::vector<Topic>> topics;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct ListPartitionReassignmentsResponse {
  using Api = struct ListPartitionReassignmentsApi;

  struct Partition {
    PartitionId partition_index;
    std::vector<std::int32_t> replicas;
    std::vector<std::int32_t> adding_replicas;
    std::vector<std::int32_t> removing_replicas;

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
  KafkaError error_code = KafkaError::kNone;
  std::optional<std::string> error_message;
  std::vector<Topic> topics;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct ListPartitionReassignmentsApi {
  static constexpr ApiKey kKey{46};
  static constexpr std::string_view kName = "ListPartitionReassignments";
  static constexpr VersionRange kVersions{0, 0};
  static constexpr std::int16_t kFlexibleSince = 0;
  using Request = ListPartitionReassignmentsRequest;
  using Response = ListPartitionReassignmentsResponse;
};

}  // namespace daybook::wire
