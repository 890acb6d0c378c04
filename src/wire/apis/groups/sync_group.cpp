#include "wire/apis/groups/sync_group.h"

#include "wire/message_codec.h"

namespace daybook::wire {

template <class C, class M>
void SyncGroupRequest::Assignment::fields(C& c, M& m) {
  c.field("MemberId", m.member_id);
  c.field("Assignment", m.assignment);
}

template <class C, class M>
void SyncGroupRequest::fields(C& c, M& m) {
  c.field("GroupId", m.group_id);
  c.field("GenerationId", m.generation_id);
  c.field("MemberId", m.member_id);
  c.field("GroupInstanceId", m.group_instance_id, since(3));
  c.field("ProtocolType", m.protocol_type, since(5));
  c.field("ProtocolName", m.protocol_name, since(5));
  c.field("Assignments", m.assignments);
}

template <class C, class M>
void SyncGroupResponse::fields(C& c, M& m) {
  c.field("ThrottleTimeMs", m.throttle_time_ms, since(1));
  c.field("ErrorCode", m.error_code);
  c.field("ProtocolType", m.protocol_type, since(5));
  c.field("ProtocolName", m.protocol_name, since(5));
  c.field("Assignment", m.assignment);
}

DAYBOOK_WIRE_API(sync_group, SyncGroupApi)

}  // namespace daybook::wire
