#include "wire/apis/cluster/describe_cluster.h"

#include "wire/message_codec.h"

namespace daybook::wire {

template <class C, class M>
void DescribeClusterRequest::fields(C& c, M& m) {
  c.field("IncludeClusterAuthorizedOperations", m.include_cluster_authorized_operations);
  c.field("EndpointType", m.endpoint_type, since(1));
  c.field("IncludeFencedBrokers", m.include_fenced_brokers, since(2));
}

template <class C, class M>
void DescribeClusterResponse::Broker::fields(C& c, M& m) {
  c.field("BrokerId", m.broker_id);
  c.field("Host", m.host);
  c.field("Port", m.port);
  c.field("Rack", m.rack);
  c.field("IsFenced", m.is_fenced, since(2));
}

template <class C, class M>
void DescribeClusterResponse::fields(C& c, M& m) {
  c.field("ThrottleTimeMs", m.throttle_time_ms);
  c.field("ErrorCode", m.error_code);
  c.field("ErrorMessage", m.error_message);
  c.field("EndpointType", m.endpoint_type, since(1));
  c.field("ClusterId", m.cluster_id);
  c.field("ControllerId", m.controller_id);
  c.field("Brokers", m.brokers);
  c.field("ClusterAuthorizedOperations", m.cluster_authorized_operations);
}

DAYBOOK_WIRE_API(describe_cluster, DescribeClusterApi)

}  // namespace daybook::wire
