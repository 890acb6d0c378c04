// DescribeCluster: the cluster's id and its one node.

#include "wire/apis/cluster/describe_cluster.h"

#include "broker/api_handler.h"
#include "broker/authorized_operations.h"

namespace daybook::broker::apis {
namespace {

using Request = wire::DescribeClusterRequest;
using Response = wire::DescribeClusterResponse;

constexpr std::int8_t kBrokers = 1;
constexpr std::int8_t kControllers = 2;

void handle(Core& core, const RequestContext& context, Request request, Reply<Response> reply) {
  Response response;
  response.endpoint_type = request.endpoint_type;
  if (request.endpoint_type == kControllers) {
    response.error_code = wire::KafkaError::kMismatchedEndpointType;
    response.error_message = "controllers were asked for, and this is the address of a broker";
  } else if (request.endpoint_type != kBrokers) {
    response.error_code = wire::KafkaError::kUnsupportedEndpointType;
    response.error_message =
        "there are no endpoints of type " + std::to_string(request.endpoint_type);
  } else {
    response.cluster_id = to_string(core.settings.cluster_id);
    response.controller_id = kNodeId;
    response.brokers.push_back(
        {kNodeId, context.advertised.host, context.advertised.port, std::nullopt, false});
    if (request.include_cluster_authorized_operations) {
      response.cluster_authorized_operations = kClusterOperations;
    }
  }
  reply(response);
}

}  // namespace

ApiHandler describe_cluster() {
  return handler_of<wire::DescribeClusterApi, handle>();
}

}  // namespace daybook::broker::apis
