#include "wire/apis/transactions/txn_offset_commit.h"

#include "wire/message_codec.h"

namespace daybook::wire {

template <class C, class M>
void TxnOffsetCommitRequest::Partition::fields(C& c, M& m) {
  c.field("PartitionIndex", m.partition_index);
  c.field("CommittedOffset", m.committed_offset);
  c.field("CommittedLeaderEpoch", m.committed_leader_epoch, since(2));
  c.field("CommittedMetadata", m.committed_metadata);
}

template <class C, class M>
void TxnOffsetCommitRequest::Topic::fields(C& c, M& m) {
  c.field("Name", m.name);
  c.field("Partitions", m.partitions);
}

template <class C, class M>
void TxnOffsetCommitRequest::fields(C& c, M& m) {
  c.field("TransactionalId", m.transactional_id);
  c.field("GroupId", m.group_id);
  c.field("ProducerId", m.producer_id);
  c.field("ProducerEpoch", m.producer_epoch);
  c.field("GenerationId", m.generation_id, since(3));
  c.field("MemberId", m.member_id, since(3));
  c.field("GroupInstanceId", m.group_instance_id, since(3));
  c.field("Topics", m.topics);
}

template <class C, class M>
void TxnOffsetCommitResponse::Partition::fields(C& c, M& m) {
  c.field("PartitionIndex", m.partition_index);
  c.field("ErrorCode", m.error_code);
}

template <class C, class M>
void TxnOffsetCommitResponse::Topic::fields(C& c, M& m) {
  c.field("Name", m.name);
  c.field("Partitions", m.partitions);
}

template <class C, class M>
void TxnOffsetCommitResponse::fields(C& c, M& m) {
  c.field("ThrottleTimeMs", m.throttle_time_ms);
  c.field("Topics", m.topics);
}

DAYBOOK_WIRE_API(txn_offset_commit, TxnOffsetCommitApi)

}  // namespace daybook::wire
