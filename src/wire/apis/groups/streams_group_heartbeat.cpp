#include "wire/apis/groups/streams_group_heartbeat.h"

#include "wire/message_codec.h"

namespace daybook::wire {

template <class C, class M>
void StreamsApplication::CopartitionGroup::fields(C& c, M& m) {
  c.field("SourceTopics", m.source_topics);
  c.field("SourceTopicRegex", m.source_topic_regex);
  c.field("RepartitionSourceTopics", m.repartition_source_topics);
}

template <class C, class M>
void StreamsApplication::Subtopology::fields(C& c, M& m) {
  c.field("SubtopologyId", m.subtopology_id);
  c.field("SourceTopics", m.source_topics);
  c.field("SourceTopicRegex", m.source_topic_regex);
  c.field("StateChangelogTopics", m.state_changelog_topics);
  c.field("RepartitionSinkTopics", m.repartition_sink_topics);
  c.field("RepartitionSourceTopics", m.repartition_source_topics);
  c.field("CopartitionGroups", m.copartition_groups);
}

template <class C, class M>
void StreamsApplication::Topology::fields(C& c, M& m) {
  c.field("Epoch", m.epoch);
  c.field("Subtopologies", m.subtopologies);
}

template <class C, class M>
void StreamsGroupHeartbeatRequest::fields(C& c, M& m) {
  c.field("GroupId", m.group_id);
  c.field("MemberId", m.member_id);
  c.field("MemberEpoch", m.member_epoch);
  c.field("EndpointInformationEpoch", m.endpoint_information_epoch);
  c.field("InstanceId", m.instance_id);
  c.field("RackId", m.rack_id);
  c.field("RebalanceTimeoutMs", m.rebalance_timeout_ms);
  c.field("Topology", m.topology);
  c.field("ActiveTasks", m.active_tasks);
  c.field("StandbyTasks", m.standby_tasks);
  c.field("WarmupTasks", m.warmup_tasks);
  c.field("ProcessId", m.process_id);
  c.field("UserEndpoint", m.user_endpoint);
  c.field("ClientTags", m.client_tags);
  c.field("TaskOffsets", m.task_offsets);
  c.field("TaskEndOffsets", m.task_end_offsets);
  c.field("ShutdownApplication", m.shutdown_application);
}

template <class C, class M>
void StreamsGroupHeartbeatResponse::Status::fields(C& c, M& m) {
  c.field("StatusCode", m.status_code);
  c.field("StatusDetail", m.status_detail);
}

template <class C, class M>
void StreamsGroupHeartbeatResponse::TopicPartition::fields(C& c, M& m) {
  c.field("Topic", m.topic);
  c.field("Partitions", m.partitions);
}

template <class C, class M>
void StreamsGroupHeartbeatResponse::EndpointToPartitions::fields(C& c, M& m) {
  c.field("UserEndpoint", m.user_endpoint);
  c.field("ActivePartitions", m.active_partitions);
  c.field("StandbyPartitions", m.standby_partitions);
}

template <class C, class M>
void StreamsGroupHeartbeatResponse::fields(C& c, M& m) {
  c.field("ThrottleTimeMs", m.throttle_time_ms);
  c.field("ErrorCode", m.error_code);
  c.field("ErrorMessage", m.error_message);
  c.field("MemberId", m.member_id);
  c.field("MemberEpoch", m.member_epoch);
  c.field("HeartbeatIntervalMs", m.heartbeat_interval_ms);
  c.field("AcceptableRecoveryLag", m.acceptable_recovery_lag);
  c.field("TaskOffsetIntervalMs", m.task_offset_interval_ms);
  c.field("Status", m.status);
  c.field("ActiveTasks", m.active_tasks);
  c.field("StandbyTasks", m.standby_tasks);
  c.field("WarmupTasks", m.warmup_tasks);
  c.field("EndpointInformationEpoch", m.endpoint_information_epoch);
  c.field("PartitionsByUserEndpoint", m.partitions_by_user_endpoint);
}

DAYBOOK_WIRE_API(streams_group_heartbeat, StreamsGroupHeartbeatApi)

}  // namespace daybook::wire
