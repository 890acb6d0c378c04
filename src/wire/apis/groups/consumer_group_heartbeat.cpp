#include "wire/apis/groups/consumer_group_heartbeat.h"

#include "wire/message_codec.h"

namespace daybook::wire {

template <class C, class M>
void ConsumerGroupHeartbeatRequest::TopicPartitions::fields(C& c, M& m) {
  c.field("TopicId", m.topic_id);
  c.field("Partitions", m.partitions);
}

template <class C, class M>
void ConsumerGroupHeartbeatRequest::fields(C& c, M& m) {
  c.field("GroupId", m.group_id);
  c.field("MemberId", m.member_id);
  c.field("MemberEpoch", m.member_epoch);
  c.field("InstanceId", m.instance_id);
  c.field("RackId", m.rack_id);
  c.field("RebalanceTimeoutMs", m.rebalance_timeout_ms);
  c.field("SubscribedTopicNames", m.subscribed_topic_names);
  c.field("SubscribedTopicRegex", m.subscribed_topic_regex, since(1));
  c.field("ServerAssignor", m.server_assignor);
  c.field("TopicPartitions", m.topic_partitions);
}

template <class C, class M>
void ConsumerGroupHeartbeatResponse::TopicPartitions::fields(C& c, M& m) {
  c.field("TopicId", m.topic_id);
  c.field("Partitions", m.partitions);
}

template <class C, class M>
void ConsumerGroupHeartbeatResponse::Assignment::fields(C& c, M& m) {
  c.field("TopicPartitions", m.topic_partitions);
}

template <class C, class M>
void ConsumerGroupHeartbeatResponse::fields(C& c, M& m) {
  c.field("ThrottleTimeMs", m.throttle_time_ms);
  c.field("ErrorCode", m.error_code);
  c.field("ErrorMessage", m.error_message);
  c.field("MemberId", m.member_id);
  c.field("MemberEpoch", m.member_epoch);
  c.field("HeartbeatIntervalMs", m.heartbeat_interval_ms);
  c.field("Assignment", m.assignment);
}

DAYBOOK_WIRE_API(consumer_group_heartbeat, ConsumerGroupHeartbeatApi)

}  // namespace daybook::wire
