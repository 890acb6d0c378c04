#include "wire/apis/records/produce.h"

#include "wire/message_codec.h"

namespace daybook::wire {

template <class C, class M>
void ProduceRequest::Partition::fields(C& c, M& m) {
  c.field("Index", m.index);
  c.field("Records", m.records);
}

template <class C, class M>
void ProduceRequest::Topic::fields(C& c, M& m) {
  c.field("Name", m.name, between(0, 12));
  c.field("TopicId", m.topic_id, since(13));
  c.field("PartitionData", m.partition_data);
}

template <class C, class M>
void ProduceRequest::fields(C& c, M& m) {
  c.field("TransactionalId", m.transactional_id);
  c.field("Acks", m.acks);
  c.field("TimeoutMs", m.timeout_ms);
  c.field("TopicData", m.topic_data);
}

template <class C, class M>
void ProduceResponse::RecordError::fields(C& c, M& m) {
  c.field("BatchIndex", m.batch_index);
  c.field("BatchIndexErrorMessage", m.batch_index_error_message);
}

template <class C, class M>
void ProduceResponse::Leader::fields(C& c, M& m) {
  c.field("LeaderId", m.leader_id);
  c.field("LeaderEpoch", m.leader_epoch);
}

template <class C, class M>
void ProduceResponse::Partition::fields(C& c, M& m) {
  c.field("Index", m.index);
  c.field("ErrorCode", m.error_code);
  c.field("BaseOffset", m.base_offset);
  c.field("LogAppendTimeMs", m.log_append_time_ms);
  c.field("LogStartOffset", m.log_start_offset, since(5));
  c.field("RecordErrors", m.record_errors, since(8));
  c.field("ErrorMessage", m.error_message, since(8));
  c.tagged("CurrentLeader", m, &ProduceResponse::Partition::current_leader, 0, since(10));
}

template <class C, class M>
void ProduceResponse::Topic::fields(C& c, M& m) {
  c.field("Name", m.name, between(0, 12));
  c.field("TopicId", m.topic_id, since(13));
  c.field("PartitionResponses", m.partition_responses);
}

template <class C, class M>
void ProduceResponse::NodeEndpoint::fields(C& c, M& m) {
  c.field("NodeId", m.node_id);
  c.field("Host", m.host);
  c.field("Port", m.port);
  c.field("Rack", m.rack);
}

template <class C, class M>
void ProduceResponse::fields(C& c, M& m) {
  c.field("Responses", m.responses);
  c.field("ThrottleTimeMs", m.throttle_time_ms);
  c.tagged("NodeEndpoints", m, &ProduceResponse::node_endpoints, 0, since(10));
}

DAYBOOK_WIRE_API(produce, ProduceApi)

}  // namespace daybook::wire
