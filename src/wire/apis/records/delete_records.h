// Deletes the records below an offset. Offset -1 is the high watermark.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.h"
#include "wire/api_registry.h"
#include "wire/error_code.h"
#include "wire/message.h"

namespace daybook::wire {

struct DeleteRecordsRequest {
  using Api = struct DeleteRecordsApi;

  struct Partition {
    PartitionId partition_index;
    Offset offset;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Topic {
    std::string name;
    std::vector<Partition> partitions;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::vector<Topic> topics;
  std::int32_t timeout_ms = 0;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct DeleteRecordsResponse {
  using Api = struct DeleteRecordsApi;

  struct Partition {
    PartitionId partition_index;
    Offset low_watermark;
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

struct DeleteRecordsApi {
  static constexpr ApiKey kKey{21};
  static constexpr std::string_view kName = "DeleteRecords";
  static constexpr VersionRange kVersions{0, 2};
  static constexpr std::int16_t kFlexibleSince = 2;
  using Request = DeleteRecordsRequest;
  using Response = DeleteRecordsResponse;
};

}  // namespace daybook::wire
