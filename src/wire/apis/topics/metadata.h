// Which topics there are, and which broker leads each of their partitions. Topics null (from
// version 1; empty in version 0) asks for all of them.

#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/uuid.h"
#include "wire/api_registry.h"
#include "wire/error_code.h"
#include "wire/message.h"

namespace daybook::wire {

struct MetadataRequest {
  using Api = struct MetadataApi;

  struct Topic {
    Uuid topic_id;
    std::optional<std::string> name;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::optional<std::vector<Topic>> topics;
  bool allow_auto_topic_creation = true;
  bool include_cluster_authorized_operations = false;
  bool include_topic_authorized_operations = false;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct MetadataResponse {
  using Api = struct MetadataApi;

  struct Broker {
    std::int32_t node_id = 0;
    std::string host;
    std::int32_t port = 0;
    std::optional<std::string> rack;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Partition {
    KafkaError error_code = KafkaError::kNone;
    PartitionId partition_index;
    std::int32_t leader_id = 0;
    LeaderEpoch leader_epoch = kNoEpoch;
    std::vector<std::int32_t> replica_nodes;
    std::vector<std::int32_t> isr_nodes;
    std::vector<std::int32_t> offline_replicas;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Topic {
    KafkaError error_code = KafkaError::kNone;
    std::optional<std::string> name;
    Uuid topic_id;
    bool is_internal = false;
    std::vector<Partition> partitions;
    std::int32_t topic_authorized_operations = std::numeric_limits<std::int32_t>::min();

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::int32_t throttle_time_ms = 0;
  std::vector<Broker> brokers;
  std::optional<std::string> cluster_id;
  std::int32_t controller_id = -1;
  std::vector<Topic> topics;
  std::int32_t cluster_authorized_operations = std::numeric_limits<std::int32_t>::min();
  KafkaError error_code = KafkaError::kNone;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct MetadataApi {
  static constexpr ApiKey kKey{3};
  static constexpr std::string_view kName = "Metadata";
  static constexpr VersionRange kVersions{0, 13};
  static constexpr std::int16_t kFlexibleSince = 9;
  using Request = MetadataRequest;
  using Response = MetadataResponse;
};

}  // namespace daybook::wire
