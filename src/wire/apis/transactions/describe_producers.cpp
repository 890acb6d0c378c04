#include "wire/apis/transactions/describe_producers.h"

#include "wire/message_codec.h"

namespace daybook::wire {

template <class C, class M>
void DescribeProducersRequest::Topic::fields(C& c, M& m) {
  c.field("Name", m.name);
  c.field("PartitionIndexes", m.partition_indexes);
}

template <class C, class M>
void DescribeProducersRequest::fields(C& c, M& m) {
  c.field("Topics", m.topics);
}

template <class C, class M>
void DescribeProducersResponse::ProducerState::fields(C& c, M& m) {
  c.field("ProducerId", m.producer_id);
  c.field("ProducerEpoch", m.producer_epoch);
  c.field("LastSequence", m.last_sequence);
  c.field("LastTimestamp", m.last_timestamp);
  c.field("CoordinatorEpoch", m.coordinator_epoch);
  c.field("CurrentTxnStartOffset", m.current_txn_start_offset);
}

template <class C, class M>
void DescribeProducersResponse::Partition::fields(C& c, M& m) {
  c.field("PartitionIndex", m.partition_index);
  c.field("ErrorCode", m.error_code);
  c.field("ErrorMessage", m.error_message);
  c.field("ActiveProducers", m.active_producers);
}

template <class C, class M>
void DescribeProducersResponse::Topic::fields(C& c, M& m) {
  c.field("Name", m.name);
  c.field("Partitions", m.partitions);
}

template <class C, class M>
void DescribeProducersResponse::fields(C& c, M& m) {
  c.field("ThrottleTimeMs", m.throttle_time_ms);
  c.field("Topics", m.topics);
}

DAYBOOK_WIRE_API(describe_producers, DescribeProducersApi)

}  // namespace daybook::wire
