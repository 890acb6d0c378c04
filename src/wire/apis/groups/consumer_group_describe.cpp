#include "wire/apis/groups/consumer_group_describe.h"

#include "wire/message_codec.h"

namespace daybook::wire {

template <class C, class M>
void ConsumerGroupDescribeRequest::fields(C& c, M& m) {
  c.field("GroupIds", m.group_ids);
  c.field("IncludeAuthorizedOperations", m.include_authorized_operations);
}

template <class C, class M>
void ConsumerGroupDescribeResponse::TopicPartitions::fields(C& c, M& m) {
  c.field("TopicId", m.topic_id);
  c.field("TopicName", m.topic_name);
  c.field("Partitions", m.partitions);
}

template <class C, class M>
void ConsumerGroupDescribeResponse::Assignment::fields(C& c, M& m) {
  c.field("TopicPartitions", m.topic_partitions);
}

template <class C, class M>
void ConsumerGroupDescribeResponse::Member::fields(C& c, M& m) {
  c.field("MemberId", m.member_id);
  c.field("InstanceId", m.instance_id);
  c.field("RackId", m.rack_id);
  c.field("MemberEpoch", m.member_epoch);
  c.field("ClientId", m.client_id);
  c.field("ClientHost", m.client_host);
  c.field("SubscribedTopicNames", m.subscribed_topic_names);
  c.field("SubscribedTopicRegex", m.subscribed_topic_regex);
  c.field("Assignment", m.assignment);
  c.field("TargetAssignment", m.target_assignment);
  c.field("MemberType", m.member_type, since(1));
}

template <class C, class M>
void ConsumerGroupDescribeResponse::Group::fields(C& c, M& m) {
  c.field("ErrorCode", m.error_code);
  c.field("ErrorMessage", m.error_message);
  c.field("GroupId", m.group_id);
  c.field("GroupState", m.group_state);
  c.field("GroupEpoch", m.group_epoch);
  c.field("AssignmentEpoch", m.assignment_epoch);
  c.field("AssignorName", m.assignor_name);
  c.field("Members", m.members);
  c.field("AuthorizedOperations", m.authorized_operations);
}

template <class C, class M>
void ConsumerGroupDescribeResponse::fields(C& c, M& m) {
  c.field("ThrottleTimeMs", m.throttle_time_ms);
  c.field("Groups", m.groups);
}

DAYBOOK_WIRE_API(consumer_group_describe, ConsumerGroupDescribeApi)

}  // namespace daybook::wire
