// Reads record batches from partitions, waiting until there are enough. Record bytes are not copied
// in either direction.

#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/uuid.h"
#include "wire/api_registry.h"
#include "wire/encoded.h"
#include "wire/error_code.h"
#include "wire/message.h"

namespace daybook::wire {

struct FetchRequest {
  using Api = struct FetchApi;

  struct ReplicaState {
    std::int32_t replica_id = -1;
    std::int64_t replica_epoch = -1;
    friend bool operator==(const ReplicaState&, const ReplicaState&) = default;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Partition {
    PartitionId partition;
    LeaderEpoch current_leader_epoch = kNoEpoch;
    Offset fetch_offset;
    LeaderEpoch last_fetched_epoch = kNoEpoch;
    Offset log_start_offset{-1};
    std::int32_t partition_max_bytes = 0;
    Uuid replica_directory_id;
    Offset high_watermark{std::numeric_limits<std::int64_t>::max()};

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Topic {
    std::string topic;
    Uuid topic_id;
    std::vector<Partition> partitions;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct ForgottenTopic {
    std::string topic;
    Uuid topic_id;
    std::vector<PartitionId> partitions;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::optional<std::string> cluster_id;
  std::int32_t replica_id = -1;
  ReplicaState replica_state;
  std::int32_t max_wait_ms = 0;
  std::int32_t min_bytes = 0;
  std::int32_t max_bytes = std::numeric_limits<std::int32_t>::max();
  std::int8_t isolation_level = 0;
  std::int32_t session_id = 0;
  std::int32_t session_epoch = -1;
  std::vector<Topic> topics;
  std::vector<ForgottenTopic> forgotten_topics_data;
  std::string rack_id;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct FetchResponse {
  using Api = struct FetchApi;

  struct EpochEndOffset {
    LeaderEpoch epoch = kNoEpoch;
    Offset end_offset{-1};
    friend bool operator==(const EpochEndOffset&, const EpochEndOffset&) = default;

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

  struct SnapshotId {
    Offset end_offset{-1};
    LeaderEpoch epoch = kNoEpoch;
    friend bool operator==(const SnapshotId&, const SnapshotId&) = default;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct AbortedTransaction {
    ProducerId producer_id;
    Offset first_offset;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Partition {
    PartitionId partition_index;
    KafkaError error_code = KafkaError::kNone;
    Offset high_watermark;
    Offset last_stable_offset{-1};
    Offset log_start_offset{-1};
    EpochEndOffset diverging_epoch;
    Leader current_leader;
    SnapshotId snapshot_id;
    std::optional<std::vector<AbortedTransaction>> aborted_transactions;
    std::int32_t preferred_read_replica = -1;
    std::optional<std::vector<RecordChunk>> records;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Topic {
    std::string topic;
    Uuid topic_id;
    std::vector<Partition> partitions;

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

  std::int32_t throttle_time_ms = 0;
  KafkaError error_code = KafkaError::kNone;
  std::int32_t session_id = 0;
  std::vector<Topic> responses;
  std::vector<NodeEndpoint> node_endpoints;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct FetchApi {
  static constexpr ApiKey kKey{1};
  static constexpr std::string_view kName = "Fetch";
  static constexpr VersionRange kVersions{4, 18};
  static constexpr std::int16_t kFlexibleSince = 12;
  using Request = FetchRequest;
  using Response = FetchResponse;
};

}  // namespace daybook::wire
