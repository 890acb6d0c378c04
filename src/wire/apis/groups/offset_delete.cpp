#include "wire/apis/groups/offset_delete.h"

#include "wire/message_codec.h"

namespace daybook::wire {

template <class C, class M>
void OffsetDeleteRequest::Partition::fields(C& c, M& m) {
  c.field("PartitionIndex", m.partition_index);
}

template <class C, class M>
void OffsetDeleteRequest::Topic::fields(C& c, M& m) {
  c.field("Name", m.name);
  c.field("Partitions", m.partitions);
}

template <class C, class M>
void OffsetDeleteRequest::fields(C& c, M& m) {
  c.field("GroupId", m.group_id);
  c.field("Topics", m.topics);
}

template <class C, class M>
void OffsetDeleteResponse::Partition::fields(C& c, M& m) {
  c.field("PartitionIndex", m.partition_index);
  c.field("ErrorCode", m.error_code);
}

template <class C, class M>
void OffsetDeleteResponse::Topic::fields(C& c, M& m) {
  c.field("Name", m.name);
  c.field("Partitions", m.partitions);
}

template <class C, class M>
void OffsetDeleteResponse::fields(C& c, M& m) {
  c.field("ErrorCode", m.error_code);
  c.field("ThrottleTimeMs", m.throttle_time_ms);
  c.field("Topics", m.topics);
}

DAYBOOK_WIRE_API(offset_delete, OffsetDeleteApi)

}  // namespace daybook::wire
