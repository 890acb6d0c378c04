// The folders in which a broker keeps its partitions, and what they take on disk. Topics null asks
// for all.

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

struct DescribeLogDirsRequest {
  using Api = struct DescribeLogDirsApi;

  struct Topic {
    std::string topic;
    std::vector<PartitionId> partitions;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::optional<std::vector<Topic>> topics;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct DescribeLogDirsResponse {
  using Api = struct DescribeLogDirsApi;

  struct Partition {
    PartitionId partition_index;
    std::int64_t partition_size = 0;
    std::int64_t offset_lag = 0;
    bool is_future_key = false;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Topic {
    std::string name;
    std::vector<Partition> partitions;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Result {
    KafkaError error_code = KafkaError::kNone;
    std::string log_dir;
    std::vector<Topic> topics;
    std::int64_t total_bytes = -1;
    std::int64_t usable_bytes = -1;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::int32_t throttle_time_ms = 0;
  KafkaError error_code = KafkaError::kNone;
  std::vector<Result> results;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct DescribeLogDirsApi {
  static constexpr ApiKey kKey{35};
  static constexpr std::string_view kName = "DescribeLogDirs";
  static constexpr VersionRange kVersions{1, 4};
  static constexpr std::int16_t kFlexibleSince = 2;
  using Request = DescribeLogDirsRequest;
  using Response = DescribeLogDirsResponse;
};

}  // namespace daybook::wire
