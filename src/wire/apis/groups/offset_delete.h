// Deletes a group's positions in partitions whose topics none of its members reads.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.h"
#include "wire/api_registry.h"
#include "wire/error_code.h"
#include "wire/message.h"

namespace daybook::wire {

struct OffsetDeleteRequest {
  using Api = struct OffsetDeleteApi;

  struct Partition {
    PartitionId partition_index;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Topic {
    std::string name;
    std::vector<Partition> partitions;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::string group_id;
  std::vector<Topic> topics;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct OffsetDeleteResponse {
  using Api = struct OffsetDeleteApi;

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

  KafkaError error_code = KafkaError::kNone;
  std::int32_t throttle_time_ms = 0;
  std::vector<Topic> topics;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct OffsetDeleteApi {
  static constexpr ApiKey kKey{47};
  static constexpr std::string_view kName = "OffsetDelete";
  static constexpr VersionRange kVersions{0, 0};
  static constexpr std::int16_t kFlexibleSince = kNeverFlexible;
  using Request = OffsetDeleteRequest;
  using Response = OffsetDeleteResponse;
};

}  // namespace daybook::wire
