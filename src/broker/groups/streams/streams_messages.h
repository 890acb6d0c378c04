// What a member of the streams protocol (KIP-1071) says in a heartbeat and what it is told,
// independent of the protocol's versions: the handler translates.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/groups/consumer/consumer_messages.h"
#include "broker/groups/streams/task_sets.h"
#include "broker/groups/streams/topology.h"

namespace daybook::broker {

using catalog::StreamsEndpoint;

// What is absent is as before.
struct StreamsBeat {
  std::string member_id;
  std::int32_t member_epoch = kJoinEpoch;
  std::int32_t endpoint_epoch = 0;  // of what it knows of the members' endpoints
  std::optional<std::string> rack_id;
  std::string client_id;
  std::string client_host;
  std::optional<std::chrono::milliseconds> rebalance_timeout;
  std::optional<StreamsTopology> topology;  // of who joins, and without a fault
  std::optional<Tasks> owned;
  std::optional<std::string> process_id;
  std::optional<StreamsEndpoint> endpoint;
  std::optional<std::map<std::string, std::string>> tags;
  bool shuts_down = false;  // the whole application
};

// The partitions of whose state an endpoint can tell.
struct EndpointPartitions {
  StreamsEndpoint endpoint;
  std::map<std::string, std::vector<std::int32_t>> active;
  std::map<std::string, std::vector<std::int32_t>> standby;
};

struct StreamsBeatResult {
  KafkaError error = KafkaError::kNone;
  std::string error_message;
  std::string member_id;
  std::int32_t member_epoch = 0;
  std::chrono::milliseconds heartbeat_interval{};
  std::vector<StreamsStatus> status;
  std::optional<Tasks> assignment;  // absent: as before
  std::int32_t endpoint_epoch = 0;
  std::optional<std::vector<EndpointPartitions>> endpoints;  // absent: as before
  std::vector<InternalTopic> missing;  // topics that are to be made for the application
};
using StreamsBeatReply = std::move_only_function<void(StreamsBeatResult)>;

// What a tool is told of a group.
struct StreamsGroupDescription {
  std::string_view state;
  std::int32_t epoch = 0;
  std::int32_t assignment_epoch = 0;
  std::optional<StreamsTopology> topology;
  ConfiguredTopology configured;
  std::vector<catalog::StreamsMember> members;
};

}  // namespace daybook::broker
