// DescribeGroups: groups of the classic protocol, and their members.

#include "wire/apis/groups/describe_groups.h"

#include <set>
#include <string_view>

#include "broker/api_handler.h"
#include "broker/authorized_operations.h"
#include "broker/groups/coordinator.h"

namespace daybook::broker::apis {
namespace {

using Response = wire::DescribeGroupsResponse;

// Before it, a group that does not exist is described as a dead one.
constexpr std::int16_t kFirstThatSaysNotFound = 6;

void describe(GroupDescription found, Response::Group& answer) {
  answer.group_state = found.state;
  answer.protocol_type = std::move(found.protocol_type);
  answer.protocol_data = std::move(found.protocol_name);
  for (DescribedMember& member : found.members) {
    Response::Member& described = answer.members.emplace_back();
    described.member_id = std::move(member.member_id);
    described.group_instance_id = std::move(member.instance_id);
    described.client_id = std::move(member.client_id);
    described.client_host = std::move(member.client_host);
    described.member_metadata = std::move(member.metadata);
    described.member_assignment = std::move(member.assignment);
  }
}

void handle(Core& core, const RequestContext& context, wire::DescribeGroupsRequest request,
            Reply<Response> reply) {
  Response response;
  // Named twice is described once: a description is large, and a name is not.
  std::set<std::string_view> seen;
  for (const std::string& id : request.groups) {
    if (!seen.insert(id).second) continue;
    Response::Group& answer = response.groups.emplace_back();
    answer.group_id = id;
    if (request.include_authorized_operations) answer.authorized_operations = kGroupOperations;
    auto found = core.groups.describe(id);
    if (!found) {
      answer.group_state = GroupDescription().state;
      if (context.version < kFirstThatSaysNotFound) continue;
      answer.error_code = KafkaError::kGroupIdNotFound;
      answer.error_message = "Group " + id + " not found.";
      continue;
    }
    describe(std::move(*found), answer);
  }
  reply(response);
}

}  // namespace

ApiHandler describe_groups() {
  return handler_of<wire::DescribeGroupsApi, handle>();
}

}  // namespace daybook::broker::apis
