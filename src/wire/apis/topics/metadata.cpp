#include "wire/apis/topics/metadata.h"

#include "wire/message_codec.h"

namespace daybook::wire {

template <class C, class M>
void MetadataRequest::Topic::fields(C& c, M& m) {
  c.field("TopicId", m.topic_id, since(10));
  c.field("Name", m.name, since(0).nullable_since(10));
}

template <class C, class M>
void MetadataRequest::fields(C& c, M& m) {
  c.field("Topics", m.topics, since(0).nullable_since(1));
  c.field("AllowAutoTopicCreation", m.allow_auto_topic_creation, since(4));
  c.field("IncludeClusterAuthorizedOperations", m.include_cluster_authorized_operations,
          between(8, 10));
  c.field("IncludeTopicAuthorizedOperations", m.include_topic_authorized_operations, since(8));
}

template <class C, class M>
void MetadataResponse::Broker::fields(C& c, M& m) {
  c.field("NodeId", m.node_id);
  c.field("Host", m.host);
  c.field("Port", m.port);
  c.field("Rack", m.rack, since(1));
}

template <class C, class M>
void MetadataResponse::Partition::fields(C& c, M& m) {
  c.field("ErrorCode", m.error_code);
  c.field("PartitionIndex", m.partition_index);
  c.field("LeaderId", m.leader_id);
  c.field("LeaderEpoch", m.leader_epoch, since(7));
  c.field("ReplicaNodes", m.replica_nodes);
  c.field("IsrNodes", m.isr_nodes);
  c.field("OfflineReplicas", m.offline_replicas, since(5));
}

template <class C, class M>
void MetadataResponse::Topic::fields(C& c, M& m) {
  c.field("ErrorCode", m.error_code);
  c.field("Name", m.name, since(0).nullable_since(12));
  c.field("TopicId", m.topic_id, since(10));
  c.field("IsInternal", m.is_internal, since(1));
  c.field("Partitions", m.partitions);
  c.field("TopicAuthorizedOperations", m.topic_authorized_operations, since(8));
}

template <class C, class M>
void MetadataResponse::fields(C& c, M& m) {
  c.field("ThrottleTimeMs", m.throttle_time_ms, since(3));
  c.field("Brokers", m.brokers);
  c.field("ClusterId", m.cluster_id, since(2));
  c.field("ControllerId", m.controller_id, since(1));
  c.field("Topics", m.topics);
  c.field("ClusterAuthorizedOperations", m.cluster_authorized_operations, between(8, 10));
  c.field("ErrorCode", m.error_code, since(13));
}

DAYBOOK_WIRE_API(metadata, MetadataApi)

}  // namespace daybook::wire
