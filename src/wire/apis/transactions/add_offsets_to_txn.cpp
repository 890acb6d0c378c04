#include "wire/apis/transactions/add_offsets_to_txn.h"

#include "wire/message_codec.h"

namespace daybook::wire {

template <class C, class M>
void AddOffsetsToTxnRequest::fields(C& c, M& m) {
  c.field("TransactionalId", m.transactional_id);
  c.field("ProducerId", m.producer_id);
  c.field("ProducerEpoch", m.producer_epoch);
  c.field("GroupId", m.group_id);
}

template <class C, class M>
void AddOffsetsToTxnResponse::fields(C& c, M& m) {
  c.field("ThrottleTimeMs", m.throttle_time_ms);
  c.field("ErrorCode", m.error_code);
}

DAYBOOK_WIRE_API(add_offsets_to_txn, AddOffsetsToTxnApi)

}  // namespace daybook::wire
