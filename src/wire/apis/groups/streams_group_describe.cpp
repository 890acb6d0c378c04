#include "wire/apis/groups/streams_group_describe.h"

#include "wire/message_codec.h"

namespace daybook::wire {

template <class C, class M>
void StreamsGroupDescribeRequest::fields(C& c, M& m) {
  c.field("GroupIds", m.group_ids);
  c.field("IncludeAuthorizedOperations", m.include_authorized_operations);
}

template <class C, class M>
void DescribedStreamsApplication::Subtopology::fields(C& c, M& m) {
  c.field("SubtopologyId", m.subtopology_id);
  c.field("SourceTopics", m.source_topics);
  c.field("RepartitionSinkTopics", m.repartition_sink_topics);
  c.field("StateChangelogTopics", m.state_changelog_topics);
  c.field("RepartitionSourceTopics", m.repartition_source_topics);
}

template <class C, class M>
void DescribedStreamsApplication::Topology::fields(C& c, M& m) {
  c.field("Epoch", m.epoch);
  c.field("Subtopologies", m.subtopologies);
}

template <class C, class M>
void StreamsGroupDescribeResponse::Assignment::fields(C& c, M& m) {
  c.field("ActiveTasks", m.active_tasks);
  c.field("StandbyTasks", m.standby_tasks);
  c.field("WarmupTasks", m.warmup_tasks);
}

template <class C, class M>
void StreamsGroupDescribeResponse::Member::fields(C& c, M& m) {
  c.field("MemberId", m.member_id);
  c.field("MemberEpoch", m.member_epoch);
  c.field("InstanceId", m.instance_id);
  c.field("RackId", m.rack_id);
  c.field("ClientId", m.client_id);
  c.field("ClientHost", m.client_host);
  c.field("TopologyEpoch", m.topology_epoch);
  c.field("ProcessId", m.process_id);
  c.field("UserEndpoint", m.user_endpoint);
  c.field("ClientTags", m.client_tags);
  c.field("TaskOffsets", m.task_offsets);
  c.field("TaskEndOffsets", m.task_end_offsets);
  c.field("Assignment", m.assignment);
  c.field("TargetAssignment", m.target_assignment);
  c.field("IsClassic", m.is_classic);
}

template <class C, class M>
void StreamsGroupDescribeResponse::Group::fields(C& c, M& m) {
  c.field("ErrorCode", m.error_code);
  c.field("ErrorMessage", m.error_message);
  c.field("GroupId", m.group_id);
  c.field("GroupState", m.group_state);
  c.field("GroupEpoch", m.group_epoch);
  c.field("AssignmentEpoch", m.assignment_epoch);
  c.field("Topology", m.topology);
  c.field("Members", m.members);
  c.field("AuthorizedOperations", m.authorized_operations);
}

template <class C, class M>
void StreamsGroupDescribeResponse::fields(C& c, M& m) {
  c.field("ThrottleTimeMs", m.throttle_time_ms);
  c.field("Groups", m.groups);
}

DAYBOOK_WIRE_API(streams_group_describe, StreamsGroupDescribeApi)

}  // namespace daybook::wire
