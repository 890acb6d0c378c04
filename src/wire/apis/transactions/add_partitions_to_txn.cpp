#include "wire/apis/transactions/add_partitions_to_txn.h"

#include "wire/message_codec.h"

namespace daybook::wire {

template <class C, class M>
void AddPartitionsToTxnRequest::Topic::fields(C& c, M& m) {
  c.field("Name", m.name);
  c.field("Partitions", m.partitions);
}

template <class C, class M>
void AddPartitionsToTxnRequest::Transaction::fields(C& c, M& m) {
  c.field("TransactionalId", m.transactional_id, since(4));
  c.field("ProducerId", m.producer_id, since(4));
  c.field("ProducerEpoch", m.producer_epoch, since(4));
  c.field("VerifyOnly", m.verify_only, since(4));
  c.field("Topics", m.topics, since(4));
}

template <class C, class M>
void AddPartitionsToTxnRequest::fields(C& c, M& m) {
  c.field("Transactions", m.transactions, since(4));
  c.field("V3AndBelowTransactionalId", m.v3_and_below_transactional_id, between(0, 3));
  c.field("V3AndBelowProducerId", m.v3_and_below_producer_id, between(0, 3));
  c.field("V3AndBelowProducerEpoch", m.v3_and_below_producer_epoch, between(0, 3));
  c.field("V3AndBelowTopics", m.v3_and_below_topics, between(0, 3));
}

template <class C, class M>
void AddPartitionsToTxnResponse::PartitionResult::fields(C& c, M& m) {
  c.field("PartitionIndex", m.partition_index);
  c.field("PartitionErrorCode", m.partition_error_code);
}

template <class C, class M>
void AddPartitionsToTxnResponse::TopicResult::fields(C& c, M& m) {
  c.field("Name", m.name);
  c.field("ResultsByPartition", m.results_by_partition);
}

template <class C, class M>
void AddPartitionsToTxnResponse::TransactionResult::fields(C& c, M& m) {
  c.field("TransactionalId", m.transactional_id, since(4));
  c.field("TopicResults", m.topic_results, since(4));
}

template <class C, class M>
void AddPartitionsToTxnResponse::fields(C& c, M& m) {
  c.field("ThrottleTimeMs", m.throttle_time_ms);
  c.field("ErrorCode", m.error_code, since(4));
  c.field("ResultsByTransaction", m.results_by_transaction, since(4));
  c.field("ResultsByTopicV3AndBelow", m.results_by_topic_v3_and_below, between(0, 3));
}

DAYBOOK_WIRE_API(add_partitions_to_txn, AddPartitionsToTxnApi)

}  // namespace daybook::wire
