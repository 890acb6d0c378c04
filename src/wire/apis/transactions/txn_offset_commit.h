// A group's positions, stored when the producer's transaction commits.

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

struct TxnOffsetCommitRequest {
  using Api = struct TxnOffsetCommitApi;

  struct Partition {
    PartitionId partition_index;
    Offset committed_offset;
    LeaderEpoch committed_leader_epoch = kNoEpoch;
    std::optional<std::string> committed_metadata;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Topic {
    std::string name;
    std::vector<Partition> partitions;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::string transactional_id;
  std::string group_id;
  ProducerId producer_id;
  ProducerEpoch producer_epoch;
  std::int32_t generation_id = -1;
  std::string member_id;
  std::optional<std::string> group_instance_id;
  std::vector<Topic> topics;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct TxnOffsetCommitResponse {
  using Api = struct TxnOffsetCommitApi;

  struct Partition {
    PartitionId partition_index;
    KafkaError error_code = KafkaError::kNone;

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

struct TxnOffsetCommitApi {
  static constexpr ApiKey kKey{28};
  static constexpr std::string_view kName = "TxnOffsetCommit";
  static constexpr VersionRange kVersions{0, 5};
  static constexpr std::int16_t kFlexibleSince = 3;
  using Request = TxnOffsetCommitRequest;
  using Response = TxnOffsetCommitResponse;
};

}  // namespace daybook::wire
