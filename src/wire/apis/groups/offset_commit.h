// Stores a group's positions.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/uuid.h"
#include "wire/api_registry.h"
#include "wire/error_code.h"
#include "wire/message.h"

namespace daybook::wire {

struct OffsetCommitRequest {
  using Api = struct OffsetCommitApi;

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
    Uuid topic_id;
    std::vector<Partition> partitions;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::string group_id;
  std::int32_t generation_id_or_member_epoch = -1;
  std::string member_id;
  std::optional<std::string> group_instance_id;
  std::int64_t retention_time_ms = -1;
  std::vector<Topic> topics;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct OffsetCommitResponse {
  using Api = struct OffsetCommitApi;

  struct Partition {
    PartitionId partition_index;
    KafkaError error_code = KafkaError::kNone;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Topic {
    std::string name;
    Uuid topic_id;
    std::vector<Partition> partitions;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::int32_t throttle_time_ms = 0;
  std::vector<Topic> topics;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct OffsetCommitApi {
  static constexpr ApiKey kKey{8};
  static constexpr std::string_view kName = "OffsetCommit";
  static constexpr VersionRange kVersions{2, 10};
  static constexpr std::int16_t kFlexibleSince = 8;
  using Request = OffsetCommitRequest;
  using Response = OffsetCommitResponse;
};

}  // namespace daybook::wire
