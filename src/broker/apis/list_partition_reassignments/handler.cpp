// ListPartitionReassignments: there is one node, so none is ever under way.

#include "wire/apis/cluster/list_partition_reassignments.h"

#include "broker/api_handler.h"

namespace daybook::broker::apis {
namespace {

void handle(Core&, const RequestContext&, wire::ListPartitionReassignmentsRequest,
            Reply<wire::ListPartitionReassignmentsResponse> reply) {
  reply(wire::ListPartitionReassignmentsResponse());
}

}  // namespace

ApiHandler list_partition_reassignments() {
  return handler_of<wire::ListPartitionReassignmentsApi, handle>();
}

}  // namespace daybook::broker::apis
