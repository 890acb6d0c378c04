// Makes a replica of each partition its leader: the preferred one, or any that is left.

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

struct ElectLeadersRequest {
  using Api = struct ElectLeadersApi;

  struct Topic {
    std::string topic;
    std::vector<PartitionId> partitions;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::int8_t election_type = 0;                         // 0: preferred, 1: unclean
  std::optional<std::vector<Topic>> topic_partitions{};  // nothing: all
  std::int32_t timeout_ms = 60000;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct ElectLeadersResponse {
  using Api = struct ElectLeadersApi;

  struct Partition {
    PartitionId partition_id;
    KafkaError error_code = KafkaError::kNone;
    std::optional<std::string> error_message;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Topic {
    std::string topic;
    std::vector<Partition> partition_result;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::int32_t throttle_time_ms = 0;
  KafkaError error_code = KafkaError::kNone;
  std::vector<Topic> replica_election_results;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct ElectLeadersApi {
  static constexpr ApiKey kKey{43};
  static constexpr std::string_view kName = "ElectLeaders";
  static constexpr VersionRange kVersions{0, 2};
  static constexpr std::int16_t kFlexibleSince = 2;
  using Request = ElectLeadersRequest;
  using Response = ElectLeadersResponse;
};

}  // namespace daybook::wire
