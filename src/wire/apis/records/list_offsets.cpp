#include "wire/apis/records/list_offsets.h"

#include "wire/message_codec.h"

namespace daybook::wire {

template <class C, class M>
void ListOffsetsRequest::Partition::fields(C& c, M& m) {
  c.field("PartitionIndex", m.partition_index);
  c.field("CurrentLeaderEpoch", m.current_leader_epoch, since(4));
  c.field("Timestamp", m.timestamp);
}

template <class C, class M>
void ListOffsetsRequest::Topic::fields(C& c, M& m) {
  c.field("Name", m.name);
  c.field("Partitions", m.partitions);
}

template <class C, class M>
void ListOffsetsRequest::fields(C& c, M& m) {
  c.field("ReplicaId", m.replica_id);
  c.field("IsolationLevel", m.isolation_level, since(2));
  c.field("Topics", m.topics);
  c.field("TimeoutMs", m.timeout_ms, since(10));
}

template <class C, class M>
void ListOffsetsResponse::Partition::fields(C& c, M& m) {
  c.field("PartitionIndex", m.partition_index);
  c.field("ErrorCode", m.error_code);
  c.field("Timestamp", m.timestamp);
  c.field("Offset", m.offset);
  c.field("LeaderEpoch", m.leader_epoch, since(4));
}

template <class C, class M>
void ListOffsetsResponse::Topic::fields(C& c, M& m) {
  c.field("Name", m.name);
  c.field("Partitions", m.partitions);
}

template <class C, class M>
void ListOffsetsResponse::fields(C& c, M& m) {
  c.field("ThrottleTimeMs", m.throttle_time_ms, since(2));
  c.field("Topics", m.topics);
}

DAYBOOK_WIRE_API(list_offsets, ListOffsetsApi)

}  // namespace daybook::wire
