#include "wire/apis/groups/offset_commit.h"

#include "wire/message_codec.h"

namespace daybook::wire {

template <class C, class M>
void OffsetCommitRequest::Partition::fields(C& c, M& m) {
  c.field("PartitionIndex", m.partition_index);
  c.field("CommittedOffset", m.committed_offset);
  c.field("CommittedLeaderEpoch", m.committed_leader_epoch, since(6));
  c.field("CommittedMetadata", m.committed_metadata);
}

template <class C, class M>
void OffsetCommitRequest::Topic::fields(C& c, M& m) {
  c.field("Name", m.name, between(0, 9));
  c.field("TopicId", m.topic_id, since(10));
  c.field("Partitions", m.partitions);
}

template <class C, class M>
void OffsetCommitRequest::fields(C& c, M& m) {
  c.field("GroupId", m.group_id);
  c.field("GenerationIdOrMemberEpoch", m.generation_id_or_member_epoch);
  c.field("MemberId", m.member_id);
  c.field("GroupInstanceId", m.group_instance_id, since(7));
  c.field("RetentionTimeMs", m.retention_time_ms, between(0, 4));
  c.field("Topics", m.topics);
}

template <class C, class M>
void OffsetCommitResponse::Partition::fields(C& c, M& m) {
  c.field("PartitionIndex", m.partition_index);
  c.field("ErrorCode", m.error_code);
}

template <class C, class M>
void OffsetCommitResponse::Topic::fields(C& c, M& m) {
  c.field("Name", m.name, between(0, 9));
  c.field("TopicId", m.topic_id, since(10));
  c.field("Partitions", m.partitions);
}

template <class C, class M>
void OffsetCommitResponse::fields(C& c, M& m) {
  c.field("ThrottleTimeMs", m.throttle_time_ms, since(3));
  c.field("Topics", m.topics);
}

DAYBOOK_WIRE_API(offset_commit, OffsetCommitApi)

}  // namespace daybook::wire
