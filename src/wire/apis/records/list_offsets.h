// Finds offsets by time. A timestamp below 0 names a special one: -1 the end, -2 the start, -3 the
// record of the largest timestamp, -4 the earliest kept locally, -5 the last tiered.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.h"
#include "wire/api_registry.h"
#include "wire/error_code.h"
#include "wire/message.h"

namespace daybook::wire {

struct ListOffsetsRequest {
  using Api = struct ListOffsetsApi;

  struct Partition {
    PartitionId partition_index;
    LeaderEpoch current_leader_epoch = kNoEpoch;
    TimestampMs timestamp;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Topic {
    std::string name;
    std::vector<Partition> partitions;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::int32_t replica_id = 0;
  std::int8_t isolation_level = 0;
  std::vector<Topic> topics;
  std::int32_t timeout_ms = 0;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct ListOffsetsResponse {
  using Api = struct ListOffsetsApi;

  struct Partition {
    PartitionId partition_index;
    KafkaError error_code = KafkaError::kNone;
    TimestampMs timestamp = kNoTimestamp;
    Offset offset{-1};
    LeaderEpoch leader_epoch = kNoEpoch;

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

struct ListOffsetsApi {
  static constexpr ApiKey kKey{2};
  static constexpr std::string_view kName = "ListOffsets";
  static constexpr VersionRange kVersions{1, 11};
  static constexpr std::int16_t kFlexibleSince = 6;
  using Request = ListOffsetsRequest;
  using Response = ListOffsetsResponse;
};

}  // namespace daybook::wire
