#include "wire/apis/cluster/elect_leaders.h"

#include "wire/message_codec.h"

namespace daybook::wire {

template <class C, class M>
void ElectLeadersRequest::Topic::fields(C& c, M& m) {
  c.field("Topic", m.topic);
  c.field("Partitions", m.partitions);
}

template <class C, class M>
void ElectLeadersRequest::fields(C& c, M& m) {
  c.field("ElectionType", m.election_type, since(1));
  c.field("TopicPartitions", m.topic_partitions);
  c.field("TimeoutMs", m.timeout_ms);
}

template <class C, class M>
void ElectLeadersResponse::Partition::fields(C& c, M& m) {
  c.field("PartitionId", m.partition_id);
  c.field("ErrorCode", m.error_code);
  c.field("ErrorMessage", m.error_message);
}

template <class C, class M>
void ElectLeadersResponse::Topic::fields(C& c, M& m) {
  c.field("Topic", m.topic);
  c.field("PartitionResult", m.partition_result);
}

template <class C, class M>
void ElectLeadersResponse::fields(C& c, M& m) {
  c.field("ThrottleTimeMs", m.throttle_time_ms);
  c.field("ErrorCode", m.error_code, since(1));
  c.field("ReplicaElectionResults", m.replica_election_results);
}

DAYBOOK_WIRE_API(elect_leaders, ElectLeadersApi)

}  // namespace daybook::wire
