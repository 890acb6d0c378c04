// A member's one request in the streams protocol of KIP-1071: it joins (member epoch 0) with the
// topology of its application, leaves (-1), says which tasks it has, and is told which to have.
// Null is "as before", in both directions.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "wire/api_registry.h"
#include "wire/apis/groups/streams_parts.h"
#include "wire/error_code.h"
#include "wire/message.h"

namespace daybook::wire {

// What a member tells of its application.
struct StreamsApplication {
  // Topics that are to have equally many partitions: places in the subtopology's lists.
  struct CopartitionGroup {
    std::vector<std::int16_t> source_topics;
    std::vector<std::int16_t> source_topic_regex;
    std::vector<std::int16_t> repartition_source_topics;

    friend bool operator==(const CopartitionGroup&, const CopartitionGroup&) = default;
    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Subtopology {
    std::string subtopology_id;
    std::vector<std::string> source_topics;
    std::vector<std::string> source_topic_regex;
    std::vector<StreamsTopicInfo> state_changelog_topics;
    std::vector<std::string> repartition_sink_topics;
    std::vector<StreamsTopicInfo> repartition_source_topics;
    std::vector<CopartitionGroup> copartition_groups;

    friend bool operator==(const Subtopology&, const Subtopology&) = default;
    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Topology {
    std::int32_t epoch = 0;
    std::vector<Subtopology> subtopologies;

    friend bool operator==(const Topology&, const Topology&) = default;
    template <class C, class M>
    static void fields(C& c, M& m);
  };
};

struct StreamsGroupHeartbeatRequest {
  using Api = struct StreamsGroupHeartbeatApi;
  using CopartitionGroup = StreamsApplication::CopartitionGroup;
  using Subtopology = StreamsApplication::Subtopology;
  using Topology = StreamsApplication::Topology;

  std::string group_id;
  std::string member_id;
  std::int32_t member_epoch = 0;
  std::int32_t endpoint_information_epoch = 0;
  std::optional<std::string> instance_id;
  std::optional<std::string> rack_id;
  std::int32_t rebalance_timeout_ms = -1;
  std::optional<Topology> topology;
  std::optional<std::vector<StreamsTaskIds>> active_tasks;
  std::optional<std::vector<StreamsTaskIds>> standby_tasks;
  std::optional<std::vector<StreamsTaskIds>> warmup_tasks;
  std::optional<std::string> process_id;
  std::optional<StreamsEndpoint> user_endpoint;
  std::optional<std::vector<StreamsKeyValue>> client_tags;
  std::optional<std::vector<StreamsTaskOffset>> task_offsets;
  std::optional<std::vector<StreamsTaskOffset>> task_end_offsets;
  bool shutdown_application = false;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct StreamsGroupHeartbeatResponse {
  using Api = struct StreamsGroupHeartbeatApi;

  struct Status {
    std::int8_t status_code = 0;
    std::string status_detail;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct TopicPartition {
    std::string topic;
    std::vector<PartitionId> partitions;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct EndpointToPartitions {
    StreamsEndpoint user_endpoint;
    std::vector<TopicPartition> active_partitions;
    std::vector<TopicPartition> standby_partitions;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::int32_t throttle_time_ms = 0;
  KafkaError error_code = KafkaError::kNone;
  std::optional<std::string> error_message;
  std::string member_id;
  std::int32_t member_epoch = 0;
  std::int32_t heartbeat_interval_ms = 0;
  std::int32_t acceptable_recovery_lag = 0;
  std::int32_t task_offset_interval_ms = 0;
  std::optional<std::vector<Status>> status;
  std::optional<std::vector<StreamsTaskIds>> active_tasks;
  std::optional<std::vector<StreamsTaskIds>> standby_tasks;
  std::optional<std::vector<StreamsTaskIds>> warmup_tasks;
  std::int32_t endpoint_information_epoch = 0;
  std::optional<std::vector<EndpointToPartitions>> partitions_by_user_endpoint;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct StreamsGroupHeartbeatApi {
  static constexpr ApiKey kKey{88};
  static constexpr std::string_view kName = "StreamsGroupHeartbeat";
  static constexpr VersionRange kVersions{0, 0};
  static constexpr std::int16_t kFlexibleSince = 0;
  using Request = StreamsGroupHeartbeatRequest;
  using Response = StreamsGroupHeartbeatResponse;
};

}  // namespace daybook::wire
