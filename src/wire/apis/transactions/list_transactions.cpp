#include "wire/apis/transactions/list_transactions.h"

#include "wire/message_codec.h"

namespace daybook::wire {

template <class C, class M>
void ListTransactionsRequest::fields(C& c, M& m) {
  c.field("StateFilters", m.state_filters);
  c.field("ProducerIdFilters", m.producer_id_filters);
  c.field("DurationFilter", m.duration_filter, since(1));
  c.field("TransactionalIdPattern", m.transactional_id_pattern, since(2));
}

template <class C, class M>
void ListTransactionsResponse::TransactionState::fields(C& c, M& m) {
  c.field("TransactionalId", m.transactional_id);
  c.field("ProducerId", m.producer_id);
  c.field("TransactionState", m.transaction_state);
}

template <class C, class M>
void ListTransactionsResponse::fields(C& c, M& m) {
  c.field("ThrottleTimeMs", m.throttle_time_ms);
  c.field("ErrorCode", m.error_code);
  c.field("UnknownStateFilters", m.unknown_state_filters);
  c.field("TransactionStates", m.transaction_states);
}

DAYBOOK_WIRE_API(list_transactions, ListTransactionsApi)

}  // namespace daybook::wire
