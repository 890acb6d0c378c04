#include "wire/apis/groups/offset_fetch.h"

#include "wire/message_codec.h"

namespace daybook::wire {

template <class C, class M>
void OffsetFetchRequest::Topic::fields(C& c, M& m) {
  c.field("Name", m.name);
  c.field("PartitionIndexes", m.partition_indexes);
}

template <class C, class M>
void OffsetFetchRequest::GroupTopic::fields(C& c, M& m) {
  c.field("Name", m.name, between(0, 9));
  c.field("TopicId", m.topic_id, since(10));
  c.field("PartitionIndexes", m.partition_indexes);
}

template <class C, class M>
void OffsetFetchRequest::Group::fields(C& c, M& m) {
  c.field("GroupId", m.group_id);
  c.field("MemberId", m.member_id, since(9));
  c.field("MemberEpoch", m.member_epoch, since(9));
  c.field("Topics", m.topics);
}

template <class C, class M>
void OffsetFetchRequest::fields(C& c, M& m) {
  c.field("GroupId", m.group_id, between(0, 7));
  c.field("Topics", m.topics, between(0, 7).nullable_since(2));
  c.field("Groups", m.groups, since(8));
  c.field("RequireStable", m.require_stable, since(7));
}

template <class C, class M>
void OffsetFetchResponse::Partition::fields(C& c, M& m) {
  c.field("PartitionIndex", m.partition_index);
  c.field("CommittedOffset", m.committed_offset);
  c.field("CommittedLeaderEpoch", m.committed_leader_epoch, since(5));
  c.field("Metadata", m.metadata);
  c.field("ErrorCode", m.error_code);
}

template <class C, class M>
void OffsetFetchResponse::Topic::fields(C& c, M& m) {
  c.field("Name", m.name);
  c.field("Partitions", m.partitions);
}

template <class C, class M>
void OffsetFetchResponse::GroupPartition::fields(C& c, M& m) {
  c.field("PartitionIndex", m.partition_index);
  c.field("CommittedOffset", m.committed_offset);
  c.field("CommittedLeaderEpoch", m.committed_leader_epoch);
  c.field("Metadata", m.metadata);
  c.field("ErrorCode", m.error_code);
}

template <class C, class M>
void OffsetFetchResponse::GroupTopic::fields(C& c, M& m) {
  c.field("Name", m.name, between(0, 9));
  c.field("TopicId", m.topic_id, since(10));
  c.field("Partitions", m.partitions);
}

template <class C, class M>
void OffsetFetchResponse::Group::fields(C& c, M& m) {
  c.field("GroupId", m.group_id);
  c.field("Topics", m.topics);
  c.field("ErrorCode", m.error_code);
}

template <class C, class M>
void OffsetFetchResponse::fields(C& c, M& m) {
  c.field("ThrottleTimeMs", m.throttle_time_ms, since(3));
  c.field("Topics", m.topics, between(0, 7));
  c.field("ErrorCode", m.error_code, between(2, 7));
  c.field("Groups", m.groups, since(8));
}

DAYBOOK_WIRE_API(offset_fetch, OffsetFetchApi)

}  // namespace daybook::wire
