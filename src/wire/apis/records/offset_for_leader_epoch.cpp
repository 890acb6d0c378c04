#include "wire/apis/records/offset_for_leader_epoch.h"

#include "wire/message_codec.h"

namespace daybook::wire {

template <class C, class M>
void OffsetForLeaderEpochRequest::Partition::fields(C& c, M& m) {
  c.field("Partition", m.partition);
  c.field("CurrentLeaderEpoch", m.current_leader_epoch);
  c.field("LeaderEpoch", m.leader_epoch);
}

template <class C, class M>
void OffsetForLeaderEpochRequest::Topic::fields(C& c, M& m) {
  c.field("Topic", m.topic);
  c.field("Partitions", m.partitions);
}

template <class C, class M>
void OffsetForLeaderEpochRequest::fields(C& c, M& m) {
  c.field("ReplicaId", m.replica_id, since(3));
  c.field("Topics", m.topics);
}

template <class C, class M>
void OffsetForLeaderEpochResponse::EpochEndOffset::fields(C& c, M& m) {
  c.field("ErrorCode", m.error_code);
  c.field("Partition", m.partition);
  c.field("LeaderEpoch", m.leader_epoch);
  c.field("EndOffset", m.end_offset);
}

template <class C, class M>
void OffsetForLeaderEpochResponse::Topic::fields(C& c, M& m) {
  c.field("Topic", m.topic);
  c.field("Partitions", m.partitions);
}

template <class C, class M>
void OffsetForLeaderEpochResponse::fields(C& c, M& m) {
  c.field("ThrottleTimeMs", m.throttle_time_ms);
  c.field("Topics", m.topics);
}

DAYBOOK_WIRE_API(offset_for_leader_epoch, OffsetForLeaderEpochApi)

}  // namespace daybook::wire
