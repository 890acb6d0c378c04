#include "wire/apis/groups/heartbeat.h"

#include "wire/message_codec.h"

namespace daybook::wire {

template <class C, class M>
void HeartbeatRequest::fields(C& c, M& m) {
  c.field("GroupId", m.group_id);
  c.field("GenerationId", m.generation_id);
  c.field("MemberId", m.member_id);
  c.field("GroupInstanceId", m.group_instance_id, since(3));
}

template <class C, class M>
void HeartbeatResponse::fields(C& c, M& m) {
  c.field("ThrottleTimeMs", m.throttle_time_ms, since(1));
  c.field("ErrorCode", m.error_code);
}

DAYBOOK_WIRE_API(heartbeat, HeartbeatApi)

}  // namespace daybook::wire
