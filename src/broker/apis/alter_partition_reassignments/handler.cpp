// AlterPartitionReassignments: there is one node, on which every partition is. To move it there is
// done at once, and there is never a move to cancel.

#include "wire/apis/cluster/alter_partition_reassignments.h"

#include "broker/api_handler.h"
#include "broker/topics/replicas.h"
#include "broker/topics/topics.h"

namespace daybook::broker::apis {
namespace {

using Request = wire::AlterPartitionReassignmentsRequest;
using Response = wire::AlterPartitionReassignmentsResponse;

Response::Partition move(const Topic* topic, const Request::Partition& asked) {
  Response::Partition answer;
  answer.partition_index = asked.partition_index;
  const bool known =
      topic != nullptr && asked.partition_index.value >= 0 &&
      static_cast<std::size_t>(asked.partition_index.value) < topic->partitions.size();
  if (!known) {
    answer.error_code = KafkaError::kUnknownTopicOrPartition;
    answer.error_message = "there is no such partition";
  } else if (!asked.replicas) {
    answer.error_code = KafkaError::kNoReassignmentInProgress;
    answer.error_message = "the partition is not being moved";
  } else if (auto fault = replicas_fault(*asked.replicas)) {
    answer.error_code = KafkaError::kInvalidReplicaAssignment;
    answer.error_message = std::move(fault);
  }
  return answer;
}

void handle(Core& core, const RequestContext&, Request request, Reply<Response> reply) {
  Response response;
  response.allow_replication_factor_change = request.allow_replication_factor_change;
  for (auto& asked : request.topics) {
    Response::Topic& answer = response.responses.emplace_back();
    const TopicPtr topic = core.topics.find(asked.name);
    answer.name = std::move(asked.name);
    for (const auto& partition : asked.partitions) {
      answer.partitions.push_back(move(topic.get(), partition));
    }
  }
  reply(response);
}

}  // namespace

ApiHandler alter_partition_reassignments() {
  return handler_of<wire::AlterPartitionReassignmentsApi, handle>();
}

}  // namespace daybook::broker::apis
