#include "wire/apis/transactions/end_txn.h"

#include "wire/message_codec.h"

namespace daybook::wire {

template <class C, class M>
void EndTxnRequest::fields(C& c, M& m) {
  c.field("TransactionalId", m.transactional_id);
  c.field("ProducerId", m.producer_id);
  c.field("ProducerEpoch", m.producer_epoch);
  c.field("Committed", m.committed);
}

template <class C, class M>
void EndTxnResponse::fields(C& c, M& m) {
  c.field("ThrottleTimeMs", m.throttle_time_ms);
  c.field("ErrorCode", m.error_code);
  c.field("ProducerId", m.producer_id, since(5));
  c.field("ProducerEpoch", m.producer_epoch, since(5));
}

DAYBOOK_WIRE_API(end_txn, EndTxnApi)

}  // namespace daybook::wire
