#include "wire/apis/groups/describe_groups.h"

#include "wire/message_codec.h"

namespace daybook::wire {

template <class C, class M>
void DescribeGroupsRequest::fields(C& c, M& m) {
  c.field("Groups", m.groups);
  c.field("IncludeAuthorizedOperations", m.include_authorized_operations, since(3));
}

template <class C, class M>
void DescribeGroupsResponse::Member::fields(C& c, M& m) {
  c.field("MemberId", m.member_id);
  c.field("GroupInstanceId", m.group_instance_id, since(4));
  c.field("ClientId", m.client_id);
  c.field("ClientHost", m.client_host);
  c.field("MemberMetadata", m.member_metadata);
  c.field("MemberAssignment", m.member_assignment);
}

template <class C, class M>
void DescribeGroupsResponse::Group::fields(C& c, M& m) {
  c.field("ErrorCode", m.error_code);
  c.field("ErrorMessage", m.error_message, since(6));
  c.field("GroupId", m.group_id);
  c.field("GroupState", m.group_state);
  c.field("ProtocolType", m.protocol_type);
  c.field("ProtocolData", m.protocol_data);
  c.field("Members", m.members);
  c.field("AuthorizedOperations", m.authorized_operations, since(3));
}

template <class C, class M>
void DescribeGroupsResponse::fields(C& c, M& m) {
  c.field("ThrottleTimeMs", m.throttle_time_ms, since(1));
  c.field("Groups", m.groups);
}

DAYBOOK_WIRE_API(describe_groups, DescribeGroupsApi)

}  // namespace daybook::wire
