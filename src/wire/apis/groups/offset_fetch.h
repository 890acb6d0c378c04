// Reads a group's positions; from version 8 those of several groups. Topics null (from version 2)
// asks for all of them.

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

struct OffsetFetchRequest {
  using Api = struct OffsetFetchApi;

  struct Topic {
    std::string name;
    std::vector<PartitionId> partition_indexes;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct GroupTopic {
    std::string name;
    Uuid topic_id;
    std::vector<PartitionId> partition_indexes;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Group {
    std::string group_id;
    std::optional<std::string> member_id;
    std::int32_t member_epoch = -1;
    std::optional<std::vector<GroupTopic>> topics;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::string group_id;
  std::optional<std::vector<Topic>> topics;
  std::vector<Group> groups;
  bool require_stable = false;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct OffsetFetchResponse {
  using Api = struct OffsetFetchApi;

  struct Partition {
    PartitionId partition_index;
    Offset committed_offset;
    LeaderEpoch committed_leader_epoch = kNoEpoch;
    std::optional<std::string> metadata;
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

  struct GroupPartition {
    PartitionId partition_index;
    Offset committed_offset;
    LeaderEpoch committed_leader_epoch = kNoEpoch;
    std::optional<std::string> metadata;
    KafkaError error_code = KafkaError::kNone;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct GroupTopic {
    std::string name;
    Uuid topic_id;
    std::vector<GroupPartition> partitions;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Group {
    std::string group_id;
    std::vector<GroupTopic> topics;
    KafkaError error_code = KafkaError::kNone;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::int32_t throttle_time_ms = 0;
  std::vector<Topic> topics;
  KafkaError error_code = KafkaError::kNone;
  std::vector<Group> groups;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct OffsetFetchApi {
  static constexpr ApiKey kKey{9};
  static constexpr std::string_view kName = "OffsetFetch";
  static constexpr VersionRange kVersions{1, 10};
  static constexpr std::int16_t kFlexibleSince = 6;
  using Request = OffsetFetchRequest;
  using Response = OffsetFetchResponse;
};

}  // namespace daybook::wire
