#include "wire/apis/cluster/list_partition_reassignments.h"

#include "wire/message_codec.h"

namespace daybook::wire {

template <class C, class M>
void ListPartitionReassignmentsRequest::Topic::fields(C& c, M& m) {
  c.field("Name", m.name);
  c.field("PartitionIndexes", m.partition_indexes);
}

template <class C, class M>
void ListPartitionReassignmentsRequest::fields(C& c, M& m) {
  c.field("TimeoutMs", m.timeout_ms);
  c.field("Topics", m.topics);
}

template <class C, class M>
void ListPartitionReassignmentsResponse::Partition::fields(C& c, M& m) {
  c.field("PartitionIndex", m.partition_index);
  c.field("Replicas", m.replicas);
  c.field("AddingReplicas", m.adding_replicas);
  c.field("RemovingReplicas", m.removing_replicas);
}

template <class C, class M>
void ListPartitionReassignmentsResponse::Topic::fields(C& c, M& m) {
  c.field("Name", m.name);
  c.field("Partitions", m.partitions);
}

template <class C, class M>
void ListPartitionReassignmentsResponse::fields(C& c, M& m) {
  c.field("ThrottleTimeMs", m.throttle_time_ms);
  c.field("ErrorCode", m.error_code);
  c.field("ErrorMessage", m.error_message);
  c.field("Topics", m.topics);
}

DAYBOOK_WIRE_API(list_partition_reassignments, ListPartitionReassignmentsApi)

}  // namespace daybook::wire
