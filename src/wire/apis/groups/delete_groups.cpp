#include "wire/apis/groups/delete_groups.h"

#include "wire/message_codec.h"

namespace daybook::wire {

template <class C, class M>
void DeleteGroupsRequest::fields(C& c, M& m) {
  c.field("GroupsNames", m.groups_names);
}

template <class C, class M>
void DeleteGroupsResponse::Result::fields(C& c, M& m) {
  c.field("GroupId", m.group_id);
  c.field("ErrorCode", m.error_code);
}

template <class C, class M>
void DeleteGroupsResponse::fields(C& c, M& m) {
  c.field("ThrottleTimeMs", m.throttle_time_ms);
  c.field("Results", m.results);
}

DAYBOOK_WIRE_API(delete_groups, DeleteGroupsApi)

}  // namespace daybook::wire
