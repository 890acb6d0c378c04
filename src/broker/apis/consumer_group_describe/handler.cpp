// ConsumerGroupDescribe: groups of the consumer protocol, and their members.

#include "wire/apis/groups/consumer_group_describe.h"

#include <set>
#include <string_view>

#include "broker/api_handler.h"
#include "broker/authorized_operations.h"
#include "broker/groups/coordinator.h"
#include "broker/topics/topics.h"

namespace daybook::broker::apis {
namespace {

using Response = wire::ConsumerGroupDescribeResponse;

constexpr std::int8_t kOfClassicProtocol = 0;
constexpr std::int8_t kOfConsumerProtocol = 1;

Response::Assignment to_wire(Core& core, const PartitionSets& sets) {
  Response::Assignment assignment;
  for (const auto& [id, partitions] : sets) {
    const TopicPtr topic = core.topics.find(id);
    if (topic == nullptr) continue;  // it is about to be taken from the member
    auto& described = assignment.topic_partitions.emplace_back();
    described.topic_id = id;
    described.topic_name = topic->name;
    for (const std::int32_t partition : partitions) {
      described.partitions.push_back(PartitionId{partition});
    }
  }
  return assignment;
}

void describe(Core& core, ConsumerGroupDescription found, Response::Group& answer) {
  answer.group_state = found.state;
  answer.group_epoch = found.epoch;
  answer.assignment_epoch = found.assignment_epoch;
  answer.assignor_name = std::move(found.assignor);
  for (DescribedConsumer& member : found.members) {
    Response::Member& described = answer.members.emplace_back();
    described.member_id = std::move(member.member_id);
    described.instance_id = std::move(member.instance_id);
    described.rack_id = std::move(member.rack_id);
    described.member_epoch = member.member_epoch;
    described.client_id = std::move(member.client_id);
    described.client_host = std::move(member.client_host);
    described.subscribed_topic_names = std::move(member.topic_names);
    described.subscribed_topic_regex = std::move(member.topic_regex);
    described.assignment = to_wire(core, member.assignment);
    described.target_assignment = to_wire(core, member.target);
    described.member_type = member.is_classic ? kOfClassicProtocol : kOfConsumerProtocol;
  }
}

void handle(Core& core, const RequestContext&, wire::ConsumerGroupDescribeRequest request,
            Reply<Response> reply) {
  Response response;
  // Named twice is described once: a description is large, and a name is not.
  std::set<std::string_view> seen;
  for (const std::string& id : request.group_ids) {
    if (!seen.insert(id).second) continue;
    Response::Group& answer = response.groups.emplace_back();
    answer.group_id = id;
    if (request.include_authorized_operations) answer.authorized_operations = kGroupOperations;
    if (id.empty()) {
      answer.error_code = KafkaError::kInvalidGroupId;
    } else if (auto found = core.groups.describe_consumers(id)) {
      describe(core, std::move(*found), answer);
    } else {
      answer.error_code = KafkaError::kGroupIdNotFound;
      answer.error_message = core.groups.describe(id) ? "Group " + id + " is not a consumer group."
                                                      : "Group " + id + " not found.";
    }
  }
  reply(response);
}

}  // namespace

ApiHandler consumer_group_describe() {
  return handler_of<wire::ConsumerGroupDescribeApi, handle>();
}

}  // namespace daybook::broker::apis
