// Heartbeat: a member of a group is alive, and hears whether it has to join again.

#include "wire/apis/groups/heartbeat.h"

#include "broker/api_handler.h"
#include "broker/groups/coordinator.h"
#include "broker/topics/topics.h"

namespace daybook::broker::apis {
namespace {

void handle(Core& core, const RequestContext&, wire::HeartbeatRequest request,
            Reply<wire::HeartbeatResponse> reply) {
  const MemberIdentity member{std::move(request.member_id), std::move(request.group_instance_id),
                              request.generation_id};
  wire::HeartbeatResponse response;
  response.error_code = request.group_id.empty()
                            ? KafkaError::kInvalidGroupId
                            : core.groups.heartbeat(request.group_id, member, core.topics.shapes());
  reply(response);
}

}  // namespace

ApiHandler heartbeat() {
  return handler_of<wire::HeartbeatApi, handle>();
}

}  // namespace daybook::broker::apis
