// LeaveGroup: members go at once, without waiting for their session to end.

#include "wire/apis/groups/leave_group.h"

#include "broker/api_handler.h"
#include "broker/groups/coordinator.h"

namespace daybook::broker::apis {
namespace {

constexpr std::int16_t kFirstBatched = 3;

void handle(Core& core, const RequestContext& context, wire::LeaveGroupRequest request,
            Reply<wire::LeaveGroupResponse> reply) {
  wire::LeaveGroupResponse response;
  if (request.group_id.empty()) {
    response.error_code = KafkaError::kInvalidGroupId;
    reply(response);
    return;
  }
  std::vector<LeavingMember> leaving;
  if (context.version < kFirstBatched) leaving.push_back({request.member_id, std::nullopt});
  for (const auto& member : request.members) {
    leaving.push_back({member.member_id, member.group_instance_id});
  }
  const std::vector<KafkaError> results = core.groups.leave(request.group_id, leaving);
  if (context.version < kFirstBatched) {
    response.error_code = results.front();
  } else {
    for (std::size_t i = 0; i < leaving.size(); ++i) {
      response.members.push_back(
          {std::move(leaving[i].member_id), std::move(leaving[i].instance_id), results[i]});
    }
  }
  reply(response);
}

}  // namespace

ApiHandler leave_group() {
  return handler_of<wire::LeaveGroupApi, handle>();
}

}  // namespace daybook::broker::apis
