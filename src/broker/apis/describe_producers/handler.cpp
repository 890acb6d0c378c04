// DescribeProducers: who has written to a partition with a producer id, and whose transaction is
// open in it.

#include "wire/apis/transactions/describe_producers.h"

#include <algorithm>

#include "broker/api_handler.h"
#include "broker/topics/topics.h"

namespace daybook::broker::apis {
namespace {

using Response = wire::DescribeProducersResponse;

Response::Partition describe(const Topic* topic, PartitionId index) {
  Response::Partition described;
  described.partition_index = index;
  if (topic == nullptr) {
    described.error_code = KafkaError::kUnknownTopicOrPartition;
    return described;
  }
  const auto partition = topic->partition(index);
  if (!partition) {
    described.error_code = partition.error();
    return described;
  }
  for (const log::ProducerState& state : (*partition)->producers()) {
    described.active_producers.push_back({state.producer, state.epoch.value, state.last_sequence,
                                          state.last_seen, state.coordinator_epoch,
                                          state.transaction.value_or(Offset{-1})});
  }
  return described;
}

void handle(Core& core, const RequestContext&, wire::DescribeProducersRequest request,
            Reply<Response> reply) {
  Response response;
  for (auto& asked : request.topics) {
    const TopicPtr topic = core.topics.find(asked.name);
    Response::Topic& answer = response.topics.emplace_back();
    answer.name = std::move(asked.name);
    // Named twice is answered once: the producers of a partition may be many.
    std::ranges::sort(asked.partition_indexes);
    const auto rest = std::ranges::unique(asked.partition_indexes);
    asked.partition_indexes.erase(rest.begin(), rest.end());
    for (const PartitionId index : asked.partition_indexes) {
      answer.partitions.push_back(describe(topic.get(), index));
    }
  }
  reply(response);
}

}  // namespace

ApiHandler describe_producers() {
  return handler_of<wire::DescribeProducersApi, handle>();
}

}  // namespace daybook::broker::apis
