// SyncGroup: the leader brings the assignment, and each member gets its own.

#include "wire/apis/groups/sync_group.h"

#include "broker/api_handler.h"
#include "broker/groups/coordinator.h"
#include "broker/topics/topics.h"

namespace daybook::broker::apis {
namespace {

using Response = wire::SyncGroupResponse;

Response to_wire(SyncResult result) {
  Response response;
  response.error_code = result.error;
  if (result.error == KafkaError::kNone) {
    response.protocol_type = std::move(result.protocol_type);
    response.protocol_name = std::move(result.protocol_name);
  }
  response.assignment = std::move(result.assignment);
  return response;
}

void handle(Core& core, const RequestContext&, wire::SyncGroupRequest request,
            Reply<Response> reply) {
  if (request.group_id.empty()) {
    Response response;
    response.error_code = KafkaError::kInvalidGroupId;
    reply(response);
    return;
  }
  SyncRequest sync;
  sync.member = {std::move(request.member_id), std::move(request.group_instance_id),
                 request.generation_id};
  sync.protocol_type = std::move(request.protocol_type);
  sync.protocol_name = std::move(request.protocol_name);
  for (auto& assignment : request.assignments) {
    sync.assignments.push_back({std::move(assignment.member_id), std::move(assignment.assignment)});
  }
  core.groups.sync(
      request.group_id, std::move(sync), core.topics.shapes(),
      [reply = std::move(reply)](SyncResult result) mutable { reply(to_wire(std::move(result))); });
}

}  // namespace

ApiHandler sync_group() {
  return handler_of<wire::SyncGroupApi, handle>();
}

}  // namespace daybook::broker::apis
