// What a group of the streams protocol of KIP-1071 is doing: its topology, and which tasks each
// member has and is to have.

#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "wire/api_registry.h"
#include "wire/apis/groups/streams_parts.h"
#include "wire/error_code.h"
#include "wire/message.h"

namespace daybook::wire {

struct StreamsGroupDescribeRequest {
  using Api = struct StreamsGroupDescribeApi;

  std::vector<std::string> group_ids;
  bool include_authorized_operations = false;

  template <class C, class M>
  static void fields(C& c, M& m);
};

// What a tool is told of an application.
struct DescribedStreamsApplication {
  struct Subtopology {
    std::string subtopology_id;
    std::vector<std::string> source_topics;
    std::vector<std::string> repartition_sink_topics;
    std::vector<StreamsTopicInfo> state_changelog_topics;
    std::vector<StreamsTopicInfo> repartition_source_topics;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Topology {
    std::int32_t epoch = 0;
    std::optional<std::vector<Subtopology>> subtopologies;  // null: it cannot run as topics are

    template <class C, class M>
    static void fields(C& c, M& m);
  };
};

struct StreamsGroupDescribeResponse {
  using Api = struct StreamsGroupDescribeApi;
  using Subtopology = DescribedStreamsApplication::Subtopology;
  using Topology = DescribedStreamsApplication::Topology;

  struct Assignment {
    std::vector<StreamsTaskIds> active_tasks;
    std::vector<StreamsTaskIds> standby_tasks;
    std::vector<StreamsTaskIds> warmup_tasks;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Member {
    std::string member_id;
    std::int32_t member_epoch = 0;
    std::optional<std::string> instance_id;
    std::optional<std::string> rack_id;
    std::string client_id;
    std::string client_host;
    std::int32_t topology_epoch = 0;
    std::string process_id;
    std::optional<StreamsEndpoint> user_endpoint;
    std::vector<StreamsKeyValue> client_tags;
    std::vector<StreamsTaskOffset> task_offsets;
    std::vector<StreamsTaskOffset> task_end_offsets;
    Assignment assignment;
    Assignment target_assignment;
    bool is_classic = false;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Group {
    KafkaError error_code = KafkaError::kNone;
    std::optional<std::string> error_message;
    std::string group_id;
    std::string group_state;
    std::int32_t group_epoch = 0;
    std::int32_t assignment_epoch = 0;
    std::optional<Topology> topology;
    std::vector<Member> members;
    std::int32_t authorized_operations = std::numeric_limits<std::int32_t>::min();

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::int32_t throttle_time_ms = 0;
  std::vector<Group> groups;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct StreamsGroupDescribeApi {
  static constexpr ApiKey kKey{89};
  static constexpr std::string_view kName = "StreamsGroupDescribe";
  static constexpr VersionRange kVersions{0, 0};
  static constexpr std::int16_t kFlexibleSince = 0;
  using Request = StreamsGroupDescribeRequest;
  using Response = StreamsGroupDescribeResponse;
};

}  // namespace daybook::wire
