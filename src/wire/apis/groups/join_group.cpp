#include "wire/apis/groups/join_group.h"

#include "wire/message_codec.h"

namespace daybook::wire {

template <class C, class M>
void JoinGroupRequest::Protocol::fields(C& c, M& m) {
  c.field("Name", m.name);
  c.field("Metadata", m.metadata);
}

template <class C, class M>
void JoinGroupRequest::fields(C& c, M& m) {
  c.field("GroupId", m.group_id);
  c.field("SessionTimeoutMs", m.session_timeout_ms);
  c.field("RebalanceTimeoutMs", m.rebalance_timeout_ms, since(1));
  c.field("MemberId", m.member_id);
  c.field("GroupInstanceId", m.group_instance_id, since(5));
  c.field("ProtocolType", m.protocol_type);
  c.field("Protocols", m.protocols);
  c.field("Reason", m.reason, since(8));
}

template <class C, class M>
void JoinGroupResponse::Member::fields(C& c, M& m) {
  c.field("MemberId", m.member_id);
  c.field("GroupInstanceId", m.group_instance_id, since(5));
  c.field("Metadata", m.metadata);
}

template <class C, class M>
void JoinGroupResponse::fields(C& c, M& m) {
  c.field("ThrottleTimeMs", m.throttle_time_ms, since(2));
  c.field("ErrorCode", m.error_code);
  c.field("GenerationId", m.generation_id);
  c.field("ProtocolType", m.protocol_type, since(7));
  c.field("ProtocolName", m.protocol_name, since(0).nullable_since(7));
  c.field("Leader", m.leader);
  c.field("SkipAssignment", m.skip_assignment, since(9));
  c.field("MemberId", m.member_id);
  c.field("Members", m.members);
}

DAYBOOK_WIRE_API(join_group, JoinGroupApi)

}  // namespace daybook::wire
