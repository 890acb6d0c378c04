// StreamsGroupHeartbeat: a member's one request in the streams protocol. What does not fit
// together, and what Kafka does not support either, is refused here; the group sees only the rest.
// Internal topics that the application misses are made meanwhile: the member is told that they are
// missing, and has tasks when they are there.

#include "wire/apis/groups/streams_group_heartbeat.h"

#include <algorithm>

#include "base/report.h"
#include "broker/api_handler.h"
#include "broker/groups/coordinator.h"
#include "broker/groups/streams/task_ids.h"
#include "broker/limits.h"
#include "broker/topics/topics.h"

namespace daybook::broker::apis {
namespace {

using Request = wire::StreamsGroupHeartbeatRequest;
using Response = wire::StreamsGroupHeartbeatResponse;
using TaskIds = std::optional<std::vector<wire::StreamsTaskIds>>;

constexpr std::int32_t kNotGiven = -1;

bool any(const TaskIds& tasks) {
  return tasks && !tasks->empty();
}

std::string fault_of_joining(const Request& request) {
  if (request.rebalance_timeout_ms == kNotGiven) {
    return "RebalanceTimeoutMs must be provided in first request.";
  }
  if (any(request.active_tasks)) return "ActiveTasks must be empty when (re-)joining.";
  if (any(request.standby_tasks)) return "StandbyTasks must be empty when (re-)joining.";
  if (!request.topology) return "Topology must be non-null when (re-)joining.";
  return "";
}

// What Kafka does not support either.
std::string not_supported(const Request& request) {
  if (request.instance_id) return "Static membership is not yet supported.";
  if (request.task_offsets) return "TaskOffsets are not supported yet.";
  if (request.task_end_offsets) return "TaskEndOffsets are not supported yet.";
  if (any(request.warmup_tasks)) return "WarmupTasks are not supported yet.";
  if (!request.topology) return "";
  const bool by_regex = std::ranges::any_of(request.topology->subtopologies, [](const auto& each) {
    return !each.source_topic_regex.empty();
  });
  return by_regex ? "Regular expressions for source topics are not supported yet." : "";
}

std::size_t text_bytes(const Request& request) {
  std::size_t bytes = request.rack_id.value_or("").size() + request.process_id.value_or("").size();
  if (request.user_endpoint) bytes += request.user_endpoint->host.size();
  if (!request.client_tags) return bytes;
  for (const auto& tag : *request.client_tags) bytes += tag.key.size() + tag.value.size() + 1;
  return bytes;
}

std::string fault_of_size(const Request& request) {
  if (std::max(request.group_id.size(), request.member_id.size()) > kMaxConsumerIdBytes) {
    return "GroupId and MemberId have " + std::to_string(kMaxConsumerIdBytes) + " bytes at most.";
  }
  if (text_bytes(request) > kMaxStreamsMemberBytes) {
    return "What a member says of itself has " + std::to_string(kMaxStreamsMemberBytes) +
           " bytes at most.";
  }
  if (request.topology && write_topology(*request.topology).size() > kMaxTopologyBytes) {
    return "A topology has " + std::to_string(kMaxTopologyBytes) + " bytes at most.";
  }
  return "";
}

// Why the request makes no sense, as Kafka says it; empty if it does.
std::string fault_of(const Request& request) {
  if (std::string fault = not_supported(request); !fault.empty()) return fault;
  if (request.member_id.empty()) return "MemberId can't be empty.";
  if (request.group_id.empty()) return "GroupId can't be empty.";
  if (request.rack_id && request.rack_id->empty()) return "RackId can't be empty.";
  if (std::string fault = fault_of_size(request); !fault.empty()) return fault;
  if (request.rebalance_timeout_ms < kNotGiven) return "RebalanceTimeoutMs is invalid.";
  if (request.member_epoch == kJoinEpoch) return fault_of_joining(request);
  if (request.member_epoch == kLeaveForAWhileEpoch) return "InstanceId can't be null.";
  if (request.member_epoch < kLeaveForAWhileEpoch) {
    return "MemberEpoch is " + std::to_string(request.member_epoch) +
           ", but must be greater than or equal to -2.";
  }
  const bool some = request.active_tasks || request.standby_tasks || request.warmup_tasks;
  const bool all = request.active_tasks && request.standby_tasks && request.warmup_tasks;
  if (some && !all) return "If one task-type is non-null, all must be non-null.";
  if (request.topology) return "Topology can only be provided when (re-)joining.";
  return "";
}

TaskSets to_sets(const TaskIds& tasks) {
  TaskSets sets;
  if (!tasks) return sets;
  for (const wire::StreamsTaskIds& of_one : *tasks) {
    for (const PartitionId partition : of_one.partitions) {
      sets[of_one.subtopology_id].insert(partition.value);
    }
  }
  return sets;
}

StreamsBeat to_streams_beat(const RequestContext& context, Request request) {
  StreamsBeat beat;
  beat.member_id = std::move(request.member_id);
  beat.member_epoch = request.member_epoch;
  beat.endpoint_epoch = request.endpoint_information_epoch;
  beat.rack_id = std::move(request.rack_id);
  beat.client_id = context.client_id;
  beat.client_host = context.client_host;
  if (request.rebalance_timeout_ms != kNotGiven) {
    beat.rebalance_timeout = std::chrono::milliseconds(request.rebalance_timeout_ms);
  }
  beat.topology = std::move(request.topology);
  if (request.active_tasks) {
    beat.owned = {.active = to_sets(request.active_tasks),
                  .standby = to_sets(request.standby_tasks)};
  }
  beat.process_id = std::move(request.process_id);
  if (request.user_endpoint) {
    beat.endpoint = {.host = std::move(request.user_endpoint->host),
                     .port = request.user_endpoint->port};
  }
  if (request.client_tags) {
    beat.tags.emplace();
    for (auto& tag : *request.client_tags) (*beat.tags)[tag.key] = std::move(tag.value);
  }
  beat.shuts_down = request.shutdown_application;
  return beat;
}

std::vector<Response::TopicPartition> to_wire(
    const std::map<std::string, std::vector<std::int32_t>>& topics) {
  std::vector<Response::TopicPartition> told;
  for (const auto& [topic, partitions] : topics) {
    told.push_back({.topic = topic, .partitions = {}});
    for (const std::int32_t partition : partitions) {
      told.back().partitions.push_back(PartitionId{partition});
    }
  }
  return told;
}

Response to_wire(StreamsBeatResult result) {
  Response response;
  response.error_code = result.error;
  if (result.error != KafkaError::kNone) {
    if (!result.error_message.empty()) response.error_message = std::move(result.error_message);
    return response;
  }
  response.member_id = std::move(result.member_id);
  response.member_epoch = result.member_epoch;
  response.heartbeat_interval_ms = static_cast<std::int32_t>(result.heartbeat_interval.count());
  response.status.emplace();
  for (StreamsStatus& status : result.status) {
    response.status->push_back({static_cast<std::int8_t>(status.code), std::move(status.detail)});
  }
  if (result.assignment) {
    response.active_tasks = to_ids(result.assignment->active);
    response.standby_tasks = to_ids(result.assignment->standby);
    response.warmup_tasks.emplace();
  }
  response.endpoint_information_epoch = result.endpoint_epoch;
  if (!result.endpoints) return response;
  response.partitions_by_user_endpoint.emplace();
  for (const EndpointPartitions& each : *result.endpoints) {
    response.partitions_by_user_endpoint->push_back(
        {.user_endpoint = {each.endpoint.host, each.endpoint.port},
         .active_partitions = to_wire(each.active),
         .standby_partitions = to_wire(each.standby)});
  }
  return response;
}

// Has the internal topics made. Why one cannot be goes to the member.
void make_missing(Core& core, StreamsBeatResult& result) {
  std::string refused;
  for (InternalTopic& topic : result.missing) {
    NewTopic made{
        .name = topic.name, .partitions = topic.partitions, .config = std::move(topic.config)};
    Status possible = core.topics.check(made);
    if (topic.replication_factor > 1) {
      possible = fail(ErrorCode::kInvalid, "replication factor " +
                                               std::to_string(topic.replication_factor) +
                                               " is not possible: there is one node");
    }
    if (possible) {
      core.topics.create(std::move(made), [](const Result<TopicPtr>& created) {
        if (created || created.error().code == ErrorCode::kAlreadyExists ||
            created.error().code == ErrorCode::kCancelled) {
          return;
        }
        report(Severity::kError, "broker",
               "could not make an internal topic: " + created.error().message);
      });
    } else if (possible.error().code != ErrorCode::kAlreadyExists) {
      refused += (refused.empty() ? "; Creation failed: " : "; ") + topic.name + " (" +
                 possible.error().message + ")";
    }
  }
  const auto told = std::ranges::find(result.status, StreamsStatusCode::kMissingInternalTopics,
                                      &StreamsStatus::code);
  if (told != result.status.end()) told->detail += refused;
}

void handle(Core& core, const RequestContext& context, Request request, Reply<Response> reply) {
  StreamsBeatResult refused;
  refused.error_message = fault_of(request);
  if (!refused.error_message.empty()) {
    refused.error = KafkaError::kInvalidRequest;
  } else if (request.topology) {
    refused.error_message = broker::fault_of(*request.topology);
    if (!refused.error_message.empty()) refused.error = KafkaError::kStreamsInvalidTopology;
  }
  if (refused.error != KafkaError::kNone) {
    reply(to_wire(std::move(refused)));
    return;
  }
  const std::string group_id = std::move(request.group_id);
  core.groups.streams_heartbeat(
      group_id, to_streams_beat(context, std::move(request)), core.topics.shapes(),
      [&core, reply = std::move(reply)](StreamsBeatResult result) mutable {
        make_missing(core, result);
        reply(to_wire(std::move(result)));
      });
}

}  // namespace

ApiHandler streams_group_heartbeat() {
  return handler_of<wire::StreamsGroupHeartbeatApi, handle>();
}

}  // namespace daybook::broker::apis
