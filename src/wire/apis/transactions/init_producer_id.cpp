#include "wire/apis/transactions/init_producer_id.h"

#include "wire/message_codec.h"

namespace daybook::wire {

template <class C, class M>
void InitProducerIdRequest::fields(C& c, M& m) {
  c.field("TransactionalId", m.transactional_id);
  c.field("TransactionTimeoutMs", m.transaction_timeout_ms);
  c.field("ProducerId", m.producer_id, since(3));
  c.field("ProducerEpoch", m.producer_epoch, since(3));
}

template <class C, class M>
void InitProducerIdResponse::fields(C& c, M& m) {
  c.field("ThrottleTimeMs", m.throttle_time_ms);
  c.field("ErrorCode", m.error_code);
  c.field("ProducerId", m.producer_id);
  c.field("ProducerEpoch", m.producer_epoch);
}

DAYBOOK_WIRE_API(init_producer_id, InitProducerIdApi)

}  // namespace daybook::wire
