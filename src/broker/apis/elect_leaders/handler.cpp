// ElectLeaders: the only node leads every partition whose files it could open, and nobody else can.

#include "wire/apis/cluster/elect_leaders.h"

#include "broker/api_handler.h"
#include "broker/topics/topics.h"

namespace daybook::broker::apis {
namespace {

using Request = wire::ElectLeadersRequest;
using Response = wire::ElectLeadersResponse;

constexpr std::int8_t kPreferred = 0;
constexpr std::int8_t kUnclean = 1;

Response::Partition elect(const Topic* topic, PartitionId index, std::int8_t type) {
  Response::Partition answer;
  answer.partition_id = index;
  const auto place = static_cast<std::size_t>(index.value);
  if (topic == nullptr || index.value < 0 || place >= topic->partitions.size()) {
    answer.error_code = KafkaError::kUnknownTopicOrPartition;
    answer.error_message = "there is no such partition";
  } else if (topic->partitions[place]) {
    answer.error_code = KafkaError::kElectionNotNeeded;
    answer.error_message = "the only node leads it";
  } else {
    answer.error_code = type == kPreferred ? KafkaError::kPreferredLeaderNotAvailable
                                           : KafkaError::kEligibleLeadersNotAvailable;
    answer.error_message = topic->partitions[place].error().message;
  }
  return answer;
}

// All that have no leader: the others are not told of, as by Apache Kafka.
Response::Topic elect_all(const Topic& topic, std::int8_t type) {
  Response::Topic answer{topic.name, {}};
  for (std::size_t place = 0; place < topic.partitions.size(); ++place) {
    if (topic.partitions[place]) continue;
    answer.partition_result.push_back(
        elect(&topic, PartitionId{static_cast<std::int32_t>(place)}, type));
  }
  return answer;
}

void handle(Core& core, const RequestContext&, Request request, Reply<Response> reply) {
  Response response;
  const std::int8_t type = request.election_type;
  if (type != kPreferred && type != kUnclean) {
    response.error_code = KafkaError::kInvalidRequest;
    return reply(response);
  }
  if (!request.topic_partitions) {
    for (const TopicPtr& topic : core.topics.all()) {
      auto answer = elect_all(*topic, type);
      if (answer.partition_result.empty()) continue;
      response.replica_election_results.push_back(std::move(answer));
    }
    return reply(response);
  }
  for (auto& asked : *request.topic_partitions) {
    Response::Topic& answer = response.replica_election_results.emplace_back();
    const TopicPtr topic = core.topics.find(asked.topic);
    answer.topic = std::move(asked.topic);
    for (const PartitionId index : asked.partitions) {
      answer.partition_result.push_back(elect(topic.get(), index, type));
    }
  }
  reply(response);
}

}  // namespace

ApiHandler elect_leaders() {
  return handler_of<wire::ElectLeadersApi, handle>();
}

}  // namespace daybook::broker::apis
