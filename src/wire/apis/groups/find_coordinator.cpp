#include "wire/apis/groups/find_coordinator.h"

#include "wire/message_codec.h"

namespace daybook::wire {

template <class C, class M>
void FindCoordinatorRequest::fields(C& c, M& m) {
  c.field("Key", m.key, between(0, 3));
  c.field("KeyType", m.key_type, since(1));
  c.field("CoordinatorKeys", m.coordinator_keys, since(4));
}

template <class C, class M>
void FindCoordinatorResponse::Coordinator::fields(C& c, M& m) {
  c.field("Key", m.key);
  c.field("NodeId", m.node_id);
  c.field("Host", m.host);
  c.field("Port", m.port);
  c.field("ErrorCode", m.error_code);
  c.field("ErrorMessage", m.error_message);
}

template <class C, class M>
void FindCoordinatorResponse::fields(C& c, M& m) {
  c.field("ThrottleTimeMs", m.throttle_time_ms, since(1));
  c.field("ErrorCode", m.error_code, between(0, 3));
  c.field("ErrorMessage", m.error_message, between(1, 3));
  c.field("NodeId", m.node_id, between(0, 3));
  c.field("Host", m.host, between(0, 3));
  c.field("Port", m.port, between(0, 3));
  c.field("Coordinators", m.coordinators, since(4));
}

DAYBOOK_WIRE_API(find_coordinator, FindCoordinatorApi)

}  // namespace daybook::wire
