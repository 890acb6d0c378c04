// JoinGroup: answered when the group's next generation is complete.

#include "wire/apis/groups/join_group.h"

#include "base/uuid.h"
#include "broker/api_handler.h"
#include "broker/groups/coordinator.h"
#include "broker/topics/topics.h"

namespace daybook::broker::apis {
namespace {

using Response = wire::JoinGroupResponse;

constexpr std::int16_t kFirstWithRebalanceTimeout = 1;
constexpr std::int16_t kFirstThatMustKnowItsId = 4;
constexpr std::int16_t kFirstThatMaySkipAssignment = 9;

Response to_wire(JoinResult result) {
  Response response;
  response.error_code = result.error;
  response.generation_id = result.generation;
  if (result.error == KafkaError::kNone) {
    response.protocol_type = std::move(result.protocol_type);
    response.protocol_name = std::move(result.protocol_name);
  } else {
    // Not null before version 7.
    response.protocol_name = "";
  }
  response.leader = std::move(result.leader_id);
  response.skip_assignment = result.skip_assignment;
  response.member_id = std::move(result.member_id);
  for (JoinedMember& member : result.members) {
    response.members.push_back(
        {std::move(member.member_id), std::move(member.instance_id), std::move(member.metadata)});
  }
  return response;
}

void handle(Core& core, const RequestContext& context, wire::JoinGroupRequest request,
            Reply<Response> reply) {
  if (request.group_id.empty()) {
    Response response;
    response.error_code = KafkaError::kInvalidGroupId;
    response.member_id = std::move(request.member_id);
    response.protocol_name = "";
    reply(response);
    return;
  }
  JoinRequest join;
  join.member_id = std::move(request.member_id);
  join.new_member_id =
      request.group_instance_id.value_or(context.client_id) + "-" + to_string(random_uuid());
  join.instance_id = std::move(request.group_instance_id);
  join.client_id = context.client_id;
  join.client_host = context.client_host;
  join.protocol_type = std::move(request.protocol_type);
  for (auto& protocol : request.protocols) {
    join.protocols.push_back({std::move(protocol.name), std::move(protocol.metadata)});
  }
  join.session_timeout = std::chrono::milliseconds(request.session_timeout_ms);
  const bool has_rebalance_timeout =
      context.version >= kFirstWithRebalanceTimeout && request.rebalance_timeout_ms >= 0;
  join.rebalance_timeout = has_rebalance_timeout
                               ? std::chrono::milliseconds(request.rebalance_timeout_ms)
                               : join.session_timeout;
  join.must_know_its_id = context.version >= kFirstThatMustKnowItsId;
  join.may_skip_assignment = context.version >= kFirstThatMaySkipAssignment;
  core.groups.join(
      request.group_id, std::move(join), core.topics.shapes(),
      [reply = std::move(reply)](JoinResult result) mutable { reply(to_wire(std::move(result))); });
}

}  // namespace

ApiHandler join_group() {
  return handler_of<wire::JoinGroupApi, handle>();
}

}  // namespace daybook::broker::apis
