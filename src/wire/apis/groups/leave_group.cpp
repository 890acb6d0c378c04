#include "wire/apis/groups/leave_group.h"

#include "wire/message_codec.h"

namespace daybook::wire {

template <class C, class M>
void LeaveGroupRequest::Member::fields(C& c, M& m) {
  c.field("MemberId", m.member_id);
  c.field("GroupInstanceId", m.group_instance_id);
  c.field("Reason", m.reason, since(5));
}

template <class C, class M>
void LeaveGroupRequest::fields(C& c, M& m) {
  c.field("GroupId", m.group_id);
  c.field("MemberId", m.member_id, between(0, 2));
  c.field("Members", m.members, since(3));
}

template <class C, class M>
void LeaveGroupResponse::Member::fields(C& c, M& m) {
  c.field("MemberId", m.member_id);
  c.field("GroupInstanceId", m.group_instance_id);
  c.field("ErrorCode", m.error_code);
}

template <class C, class M>
void LeaveGroupResponse::fields(C& c, M& m) {
  c.field("ThrottleTimeMs", m.throttle_time_ms, since(1));
  c.field("ErrorCode", m.error_code);
  c.field("Members", m.members, since(3));
}

DAYBOOK_WIRE_API(leave_group, LeaveGroupApi)

}  // namespace daybook::wire
