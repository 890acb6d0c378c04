#include "wire/apis/groups/list_groups.h"

#include "wire/message_codec.h"

namespace daybook::wire {

template <class C, class M>
void ListGroupsRequest::fields(C& c, M& m) {
  c.field("StatesFilter", m.states_filter, since(4));
  c.field("TypesFilter", m.types_filter, since(5));
}

template <class C, class M>
void ListGroupsResponse::Group::fields(C& c, M& m) {
  c.field("GroupId", m.group_id);
  c.field("ProtocolType", m.protocol_type);
  c.field("GroupState", m.group_state, since(4));
  c.field("GroupType", m.group_type, since(5));
}

template <class C, class M>
void ListGroupsResponse::fields(C& c, M& m) {
  c.field("ThrottleTimeMs", m.throttle_time_ms, since(1));
  c.field("ErrorCode", m.error_code);
  c.field("Groups", m.groups);
}

DAYBOOK_WIRE_API(list_groups, ListGroupsApi)

}  // namespace daybook::wire
