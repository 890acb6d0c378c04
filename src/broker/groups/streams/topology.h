// What an application of the streams protocol (KIP-1071) is made of, and what becomes of it with
// the topics that there are: how many tasks each of its subtopologies has, which internal topics
// have to be made for it, or why it cannot run.
//
// A subtopology has as many tasks as the largest of the topics that it reads has partitions.
//
// Threads: any; there is no state.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "broker/groups/consumer/topic_shapes.h"
#include "wire/apis/groups/streams_group_heartbeat.h"

namespace daybook::broker {

using StreamsTopology = wire::StreamsGroupHeartbeatRequest::Topology;

// What a member is told besides its tasks, under Kafka's numbers.
enum class StreamsStatusCode : std::int8_t {
  kStaleTopology = 0,
  kMissingSourceTopics = 1,
  kIncorrectlyPartitionedTopics = 2,
  kMissingInternalTopics = 3,
  kShutdownApplication = 4,
};
struct StreamsStatus {
  StreamsStatusCode code{};
  std::string detail;
};

struct InternalTopic {
  std::string name;
  std::int32_t partitions = 0;
  std::int16_t replication_factor = 0;  // 0: the default
  std::map<std::string, std::string> config;
};

struct ConfiguredSubtopology {
  std::int32_t tasks = 0;
  bool is_stateful = false;
  std::vector<std::string> topics;  // that it reads
};

struct ConfiguredTopology {
  std::optional<StreamsStatus> problem;                        // none: it can run
  std::map<std::string, ConfiguredSubtopology> subtopologies;  // empty: that cannot be said
  std::map<std::string, std::int32_t> partitions;              // of all topics of the application
  std::vector<InternalTopic> missing;                          // to be made
};

// What is wrong with a topology, whatever topics there are; empty if nothing is.
std::string fault_of(const StreamsTopology& topology);
// `topology` has no fault.
ConfiguredTopology configure(const StreamsTopology& topology, const TopicShapes& topics);
// The order in which things are told does not matter.
bool same_topology(const StreamsTopology& a, const StreamsTopology& b);

// As it is kept in the catalog: as a heartbeat of version 0 that says nothing else.
Bytes write_topology(const StreamsTopology& topology);
// Nothing if there is none in these bytes, or one that has a fault.
std::optional<StreamsTopology> read_topology(BytesView bytes);

}  // namespace daybook::broker
