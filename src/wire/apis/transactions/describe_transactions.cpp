#include "wire/apis/transactions/describe_transactions.h"

#include "wire/message_codec.h"

namespace daybook::wire {

template <class C, class M>
void DescribeTransactionsRequest::fields(C& c, M& m) {
  c.field("TransactionalIds", m.transactional_ids);
}

template <class C, class M>
void DescribeTransactionsResponse::Topic::fields(C& c, M& m) {
  c.field("Topic", m.topic);
  c.field("Partitions", m.partitions);
}

template <class C, class M>
void DescribeTransactionsResponse::TransactionState::fields(C& c, M& m) {
  c.field("ErrorCode", m.error_code);
  c.field("TransactionalId", m.transactional_id);
  c.field("TransactionState", m.transaction_state);
  c.field("TransactionTimeoutMs", m.transaction_timeout_ms);
  c.field("TransactionStartTimeMs", m.transaction_start_time_ms);
  c.field("ProducerId", m.producer_id);
  c.field("ProducerEpoch", m.producer_epoch);
  c.field("Topics", m.topics);
}

template <class C, class M>
void DescribeTransactionsResponse::fields(C& c, M& m) {
  c.field("ThrottleTimeMs", m.throttle_time_ms);
  c.field("TransactionStates", m.transaction_states);
}

DAYBOOK_WIRE_API(describe_transactions, DescribeTransactionsApi)

}  // namespace daybook::wire
