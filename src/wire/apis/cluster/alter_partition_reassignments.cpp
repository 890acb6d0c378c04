#include "wire/apis/cluster/alter_partition_reassignments.h"

#include "wire/message_codec.h"

namespace daybook::wire {

template <class C, class M>
void AlterPartitionReassignmentsRequest::Partition::fields(C& c, M& m) {
  c.field("PartitionIndex", m.partition_index);
  c.field("Replicas", m.replicas);
}

template <class C, class M>
void AlterPartitionReassignmentsRequest::Topic::fields(C& c, M& m) {
  c.field("Name", m.name);
  c.field("Partitions", m.partitions);
}

template <class C, class M>
void AlterPartitionReassignmentsRequest::fields(C& c, M& m) {
  c.field("TimeoutMs", m.timeout_ms);
  c.field("AllowReplicationFactorChange", m.allow_replication_factor_change, since(1));
  c.field("Topics", m.topics);
}

template <class C, class M>
void AlterPartitionReassignmentsResponse::Partition::fields(C& c, M& m) {
  c.field("PartitionIndex", m.partition_index);
  c.field("ErrorCode", m.error_code);
  c.field("ErrorMessage", m.error_message);
}

template <class C, class M>
void AlterPartitionReassignmentsResponse::Topic::fields(C& c, M& m) {
  c.field("Name", m.name);
  c.field("Partitions", m.partitions);
}

template <class C, class M>
void AlterPartitionReassignmentsResponse::fields(C& c, M& m) {
  c.field("ThrottleTimeMs", m.throttle_time_ms);
  c.field("AllowReplicationFactorChange", m.allow_replication_factor_change, since(1));
  c.field("ErrorCode", m.error_code);
  c.field("ErrorMessage", m.error_message);
  c.field("Responses", m.responses);
}

DAYBOOK_WIRE_API(alter_partition_reassignments, AlterPartitionReassignmentsApi)

}  // namespace daybook::wire
