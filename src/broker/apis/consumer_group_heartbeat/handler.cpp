// ConsumerGroupHeartbeat: a member's one request in the consumer protocol. What does not fit
// together is refused here; the group sees only what does.

#include "wire/apis/groups/consumer_group_heartbeat.h"

#include <algorithm>

#include "broker/api_handler.h"
#include "broker/groups/coordinator.h"
#include "broker/limits.h"
#include "broker/topics/topics.h"

namespace daybook::broker::apis {
namespace {

using Request = wire::ConsumerGroupHeartbeatRequest;
using Response = wire::ConsumerGroupHeartbeatResponse;

constexpr std::int16_t kFirstWithIdsOfTheClient = 1;
constexpr std::int32_t kNotGiven = -1;

std::string fault_of_joining(const Request& request) {
  if (request.rebalance_timeout_ms == kNotGiven) {
    return "RebalanceTimeoutMs must be provided in first request.";
  }
  if (!request.topic_partitions || !request.topic_partitions->empty()) {
    return "TopicPartitions must be empty when (re-)joining.";
  }
  if (!request.subscribed_topic_names && !request.subscribed_topic_regex) {
    return "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when "
           "(re-)joining.";
  }
  return "";
}

std::size_t subscription_bytes(const Request& request) {
  std::size_t bytes = 0;
  if (request.subscribed_topic_names) {
    for (const std::string& name : *request.subscribed_topic_names) bytes += name.size() + 1;
  }
  return bytes;
}

// Why the request makes no sense, as Kafka says it; empty if it does.
std::string fault_of(const Request& request, std::int16_t version) {
  if (request.group_id.empty()) return "GroupId can't be empty.";
  if (std::max(request.group_id.size(), request.member_id.size()) > kMaxConsumerIdBytes) {
    return "GroupId and MemberId have " + std::to_string(kMaxConsumerIdBytes) + " bytes at most.";
  }
  if (request.instance_id && request.instance_id->empty()) return "InstanceId can't be empty.";
  if (request.rack_id && request.rack_id->empty()) return "RackId can't be empty.";
  if (request.member_epoch < kLeaveForAWhileEpoch) return "MemberEpoch is invalid.";
  const bool may_be_new = request.member_epoch == kJoinEpoch && version < kFirstWithIdsOfTheClient;
  if (request.member_id.empty() && !may_be_new) return "MemberId can't be empty.";
  if (request.member_epoch == kLeaveForAWhileEpoch && !request.instance_id) {
    return "InstanceId can't be null.";
  }
  if (request.rebalance_timeout_ms < kNotGiven) return "RebalanceTimeoutMs is invalid.";
  if (subscription_bytes(request) > kMaxMemberMetadataBytes) {
    return "SubscribedTopicNames has more than " + std::to_string(kMaxMemberMetadataBytes) +
           " bytes.";
  }
  return request.member_epoch == kJoinEpoch ? fault_of_joining(request) : "";
}

ConsumerBeat to_beat(const RequestContext& context, Request request) {
  ConsumerBeat beat;
  beat.member_id =
      request.member_id.empty() ? to_string(random_uuid()) : std::move(request.member_id);
  beat.member_epoch = request.member_epoch;
  beat.instance_id = std::move(request.instance_id);
  beat.rack_id = std::move(request.rack_id);
  beat.client_id = context.client_id;
  beat.client_host = context.client_host;
  if (request.rebalance_timeout_ms != kNotGiven) {
    beat.rebalance_timeout = std::chrono::milliseconds(request.rebalance_timeout_ms);
  }
  beat.topic_names = std::move(request.subscribed_topic_names);
  beat.topic_regex = std::move(request.subscribed_topic_regex);
  beat.assignor = std::move(request.server_assignor);
  if (request.topic_partitions) {
    beat.owned.emplace();
    for (const auto& topic : *request.topic_partitions) {
      for (const PartitionId partition : topic.partitions) {
        (*beat.owned)[topic.topic_id].insert(partition.value);
      }
    }
  }
  return beat;
}

Response to_wire(ConsumerBeatResult result) {
  Response response;
  response.error_code = result.error;
  if (result.error != KafkaError::kNone) {
    if (!result.error_message.empty()) response.error_message = std::move(result.error_message);
    return response;
  }
  response.member_id = std::move(result.member_id);
  response.member_epoch = result.member_epoch;
  response.heartbeat_interval_ms = static_cast<std::int32_t>(result.heartbeat_interval.count());
  if (!result.assignment) return response;
  response.assignment.emplace();
  for (const auto& [topic, partitions] : *result.assignment) {
    auto& assigned = response.assignment->topic_partitions.emplace_back();
    assigned.topic_id = topic;
    for (const std::int32_t partition : partitions) {
      assigned.partitions.push_back(PartitionId{partition});
    }
  }
  return response;
}

void handle(Core& core, const RequestContext& context, Request request, Reply<Response> reply) {
  ConsumerBeatResult refused;
  refused.error_message = fault_of(request, context.version);
  if (!refused.error_message.empty()) {
    refused.error = KafkaError::kInvalidRequest;
  } else if (request.server_assignor && find_assignor(*request.server_assignor) == nullptr) {
    refused.error = KafkaError::kUnsupportedAssignor;
    refused.error_message =
        "ServerAssignor " + *request.server_assignor +
        " is not supported. Supported assignors: " + std::string(kAssignorNames) + ".";
  }
  if (refused.error != KafkaError::kNone) {
    reply(to_wire(std::move(refused)));
    return;
  }
  const std::string group_id = std::move(request.group_id);
  core.groups.consumer_heartbeat(group_id, to_beat(context, std::move(request)),
                                 core.topics.shapes(),
                                 [reply = std::move(reply)](ConsumerBeatResult result) mutable {
                                   reply(to_wire(std::move(result)));
                                 });
}

}  // namespace

ApiHandler consumer_group_heartbeat() {
  return handler_of<wire::ConsumerGroupHeartbeatApi, handle>();
}

}  // namespace daybook::broker::apis
