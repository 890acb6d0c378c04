#include "wire/apis/records/fetch.h"

#include "wire/message_codec.h"

namespace daybook::wire {

template <class C, class M>
void FetchRequest::ReplicaState::fields(C& c, M& m) {
  c.field("ReplicaId", m.replica_id);
  c.field("ReplicaEpoch", m.replica_epoch);
}

template <class C, class M>
void FetchRequest::Partition::fields(C& c, M& m) {
  c.field("Partition", m.partition);
  c.field("CurrentLeaderEpoch", m.current_leader_epoch, since(9));
  c.field("FetchOffset", m.fetch_offset);
  c.field("LastFetchedEpoch", m.last_fetched_epoch, since(12));
  c.field("LogStartOffset", m.log_start_offset, since(5));
  c.field("PartitionMaxBytes", m.partition_max_bytes);
  c.tagged("ReplicaDirectoryId", m, &FetchRequest::Partition::replica_directory_id, 0, since(17));
  c.tagged("HighWatermark", m, &FetchRequest::Partition::high_watermark, 1, since(18));
}

template <class C, class M>
void FetchRequest::Topic::fields(C& c, M& m) {
  c.field("Topic", m.topic, between(0, 12));
  c.field("TopicId", m.topic_id, since(13));
  c.field("Partitions", m.partitions);
}

template <class C, class M>
void FetchRequest::ForgottenTopic::fields(C& c, M& m) {
  c.field("Topic", m.topic, between(0, 12));
  c.field("TopicId", m.topic_id, since(13));
  c.field("Partitions", m.partitions);
}

template <class C, class M>
void FetchRequest::fields(C& c, M& m) {
  c.tagged("ClusterId", m, &FetchRequest::cluster_id, 0, since(12));
  c.field("ReplicaId", m.replica_id, between(0, 14));
  c.tagged("ReplicaState", m, &FetchRequest::replica_state, 1, since(15));
  c.field("MaxWaitMs", m.max_wait_ms);
  c.field("MinBytes", m.min_bytes);
  c.field("MaxBytes", m.max_bytes);
  c.field("IsolationLevel", m.isolation_level);
  c.field("SessionId", m.session_id, since(7));
  c.field("SessionEpoch", m.session_epoch, since(7));
  c.field("Topics", m.topics);
  c.field("ForgottenTopicsData", m.forgotten_topics_data, since(7));
  c.field("RackId", m.rack_id, since(11));
}

template <class C, class M>
void FetchResponse::EpochEndOffset::fields(C& c, M& m) {
  c.field("Epoch", m.epoch);
  c.field("EndOffset", m.end_offset);
}

template <class C, class M>
void FetchResponse::Leader::fields(C& c, M& m) {
  c.field("LeaderId", m.leader_id);
  c.field("LeaderEpoch", m.leader_epoch);
}

template <class C, class M>
void FetchResponse::SnapshotId::fields(C& c, M& m) {
  c.field("EndOffset", m.end_offset);
  c.field("Epoch", m.epoch);
}

template <class C, class M>
void FetchResponse::AbortedTransaction::fields(C& c, M& m) {
  c.field("ProducerId", m.producer_id);
  c.field("FirstOffset", m.first_offset);
}

template <class C, class M>
void FetchResponse::Partition::fields(C& c, M& m) {
  c.field("PartitionIndex", m.partition_index);
  c.field("ErrorCode", m.error_code);
  c.field("HighWatermark", m.high_watermark);
  c.field("LastStableOffset", m.last_stable_offset);
  c.field("LogStartOffset", m.log_start_offset, since(5));
  c.tagged("DivergingEpoch", m, &FetchResponse::Partition::diverging_epoch, 0, since(12));
  c.tagged("CurrentLeader", m, &FetchResponse::Partition::current_leader, 1, since(12));
  c.tagged("SnapshotId", m, &FetchResponse::Partition::snapshot_id, 2, since(12));
  c.field("AbortedTransactions", m.aborted_transactions);
  c.field("PreferredReadReplica", m.preferred_read_replica, since(11));
  c.field("Records", m.records);
}

template <class C, class M>
void FetchResponse::Topic::fields(C& c, M& m) {
  c.field("Topic", m.topic, between(0, 12));
  c.field("TopicId", m.topic_id, since(13));
  c.field("Partitions", m.partitions);
}

template <class C, class M>
void FetchResponse::NodeEndpoint::fields(C& c, M& m) {
  c.field("NodeId", m.node_id);
  c.field("Host", m.host);
  c.field("Port", m.port);
  c.field("Rack", m.rack);
}

template <class C, class M>
void FetchResponse::fields(C& c, M& m) {
  c.field("ThrottleTimeMs", m.throttle_time_ms);
  c.field("ErrorCode", m.error_code, since(7));
  c.field("SessionId", m.session_id, since(7));
  c.field("Responses", m.responses);
  c.tagged("NodeEndpoints", m, &FetchResponse::node_endpoints, 0, since(16));
}

DAYBOOK_WIRE_API(fetch, FetchApi)

}  // namespace daybook::wire
