// Appends record batches to partitions. Versions below 3 carry older record formats: they are
// announced, because librdkafka turns compression off otherwise, but not served.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/uuid.h"
#include "wire/api_registry.h"
#include "wire/error_code.h"
#include "wire/message.h"

namespace daybook::wire {

struct ProduceRequest {
  using Api = struct ProduceApi;

  struct Partition {
    PartitionId index;
    std::optional<BytesView> records;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Topic {
    std::string name;
    Uuid topic_id;
    std::vector<Partition> partition_data;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::optional<std::string> transactional_id;
  std::int16_t acks = 0;
  std::int32_t timeout_ms = 0;
  std::vector<Topic> topic_data;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct ProduceResponse {
  using Api = struct ProduceApi;

  struct RecordError {
    std::int32_t batch_index = 0;
    std::optional<std::string> batch_index_error_message;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Leader {
    std::int32_t leader_id = -1;
    LeaderEpoch leader_epoch = kNoEpoch;
    friend bool operator==(const Leader&, const Leader&) = default;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Partition {
    PartitionId index;
    KafkaError error_code = KafkaError::kNone;
    Offset base_offset;
    TimestampMs log_append_time_ms = kNoTimestamp;
    Offset log_start_offset{-1};
    std::vector<RecordError> record_errors;
    std::optional<std::string> error_message;
    Leader current_leader;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Topic {
    std::string name;
    Uuid topic_id;
    std::vector<Partition> partition_responses;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct NodeEndpoint {
    std::int32_t node_id = 0;
    std::string host;
    std::int32_t port = 0;
    std::optional<std::string> rack;
    friend bool operator==(const NodeEndpoint&, const NodeEndpoint&) = default;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::vector<Topic> responses;
  std::int32_t throttle_time_ms = 0;
  std::vector<NodeEndpoint> node_endpoints;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct ProduceApi {
  static constexpr ApiKey kKey{0};
  static constexpr std::string_view kName = "Produce";
  static constexpr VersionRange kVersions{3, 13};
  static constexpr VersionRange kAdvertised{0, 13};
  static constexpr std::int16_t kFlexibleSince = 9;
  using Request = ProduceRequest;
  using Response = ProduceResponse;
};

}  // namespace daybook::wire
