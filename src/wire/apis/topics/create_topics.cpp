#include "wire/apis/topics/create_topics.h"

#include "wire/message_codec.h"

namespace daybook::wire {

template <class C, class M>
void CreateTopicsRequest::Assignment::fields(C& c, M& m) {
  c.field("PartitionIndex", m.partition_index);
  c.field("BrokerIds", m.broker_ids);
}

template <class C, class M>
void CreateTopicsRequest::Config::fields(C& c, M& m) {
  c.field("Name", m.name);
  c.field("Value", m.value);
}

template <class C, class M>
void CreateTopicsRequest::Topic::fields(C& c, M& m) {
  c.field("Name", m.name);
  c.field("NumPartitions", m.num_partitions);
  c.field("ReplicationFactor", m.replication_factor);
  c.field("Assignments", m.assignments);
  c.field("Configs", m.configs);
}

template <class C, class M>
void CreateTopicsRequest::fields(C& c, M& m) {
  c.field("Topics", m.topics);
  c.field("TimeoutMs", m.timeout_ms);
  c.field("ValidateOnly", m.validate_only);
}

template <class C, class M>
void CreateTopicsResponse::Config::fields(C& c, M& m) {
  c.field("Name", m.name);
  c.field("Value", m.value);
  c.field("ReadOnly", m.read_only);
  c.field("ConfigSource", m.config_source);
  c.field("IsSensitive", m.is_sensitive);
}

template <class C, class M>
void CreateTopicsResponse::Topic::fields(C& c, M& m) {
  c.field("Name", m.name);
  c.field("TopicId", m.topic_id, since(7));
  c.field("ErrorCode", m.error_code);
  c.field("ErrorMessage", m.error_message);
  c.tagged("TopicConfigErrorCode", m, &CreateTopicsResponse::Topic::topic_config_error_code, 0,
           since(5));
  c.field("NumPartitions", m.num_partitions, since(5));
  c.field("ReplicationFactor", m.replication_factor, since(5));
  c.field("Configs", m.configs, since(5));
}

template <class C, class M>
void CreateTopicsResponse::fields(C& c, M& m) {
  c.field("ThrottleTimeMs", m.throttle_time_ms);
  c.field("Topics", m.topics);
}

DAYBOOK_WIRE_API(create_topics, CreateTopicsApi)

}  // namespace daybook::wire
