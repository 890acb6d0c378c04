// Where a leader epoch ended: what a consumer asks after a change of leader, to see whether the
// records that it read are still there.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.h"
#include "wire/api_registry.h"
#include "wire/error_code.h"
#include "wire/message.h"

namespace daybook::wire {

struct OffsetForLeaderEpochRequest {
  using Api = struct OffsetForLeaderEpochApi;

  struct Partition {
    PartitionId partition;
    LeaderEpoch current_leader_epoch = kNoEpoch;
    LeaderEpoch leader_epoch;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Topic {
    std::string topic;
    std::vector<Partition> partitions;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::int32_t replica_id = -2;
  std::vector<Topic> topics;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct OffsetForLeaderEpochResponse {
  using Api = struct OffsetForLeaderEpochApi;

  struct EpochEndOffset {
    KafkaError error_code = KafkaError::kNone;
    PartitionId partition;
    LeaderEpoch leader_epoch = kNoEpoch;
    Offset end_offset{-1};

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Topic {
    std::string topic;
    std::vector<EpochEndOffset> partitions;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::int32_t throttle_time_ms = 0;
  std::vector<Topic> topics;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct OffsetForLeaderEpochApi {
  static constexpr ApiKey kKey{23};
  static constexpr std::string_view kName = "OffsetForLeaderEpoch";
  static constexpr VersionRange kVersions{2, 4};
  static constexpr std::int16_t kFlexibleSince = 4;
  using Request = OffsetForLeaderEpochRequest;
  using Response = OffsetForLeaderEpochResponse;
};

}  // namespace daybook::wire
