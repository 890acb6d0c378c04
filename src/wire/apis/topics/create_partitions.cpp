#include "wire/apis/topics/create_partitions.h"

#include "wire/message_codec.h"

namespace daybook::wire {

template <class C, class M>
void CreatePartitionsRequest::Assignment::fields(C& c, M& m) {
  c.field("BrokerIds", m.broker_ids);
}

template <class C, class M>
void CreatePartitionsRequest::Topic::fields(C& c, M& m) {
  c.field("Name", m.name);
  c.field("Count", m.count);
  c.field("Assignments", m.assignments);
}

template <class C, class M>
void CreatePartitionsRequest::fields(C& c, M& m) {
  c.field("Topics", m.topics);
  c.field("TimeoutMs", m.timeout_ms);
  c.field("ValidateOnly", m.validate_only);
}

template <class C, class M>
void CreatePartitionsResponse::Result::fields(C& c, M& m) {
  c.field("Name", m.name);
  c.field("ErrorCode", m.error_code);
  c.field("ErrorMessage", m.error_message);
}

template <class C, class M>
void CreatePartitionsResponse::fields(C& c, M& m) {
  c.field("ThrottleTimeMs", m.throttle_time_ms);
  c.field("Results", m.results);
}

DAYBOOK_WIRE_API(create_partitions, CreatePartitionsApi)

}  // namespace daybook::wire
