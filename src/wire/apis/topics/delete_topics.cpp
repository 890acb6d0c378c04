#include "wire/apis/topics/delete_topics.h"

#include "wire/message_codec.h"

namespace daybook::wire {

template <class C, class M>
void DeleteTopicsRequest::Topic::fields(C& c, M& m) {
  c.field("Name", m.name);
  c.field("TopicId", m.topic_id);
}

template <class C, class M>
void DeleteTopicsRequest::fields(C& c, M& m) {
  c.field("Topics", m.topics, since(6));
  c.field("TopicNames", m.topic_names, between(0, 5));
  c.field("TimeoutMs", m.timeout_ms);
}

template <class C, class M>
void DeleteTopicsResponse::Topic::fields(C& c, M& m) {
  c.field("Name", m.name, since(0).nullable_since(6));
  c.field("TopicId", m.topic_id, since(6));
  c.field("ErrorCode", m.error_code);
  c.field("ErrorMessage", m.error_message, since(5));
}

template <class C, class M>
void DeleteTopicsResponse::fields(C& c, M& m) {
  c.field("ThrottleTimeMs", m.throttle_time_ms);
  c.field("Responses", m.responses);
}

DAYBOOK_WIRE_API(delete_topics, DeleteTopicsApi)

}  // namespace daybook::wire
