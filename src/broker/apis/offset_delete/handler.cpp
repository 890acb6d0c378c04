// OffsetDelete: forgets what a group has committed, partition by partition, except for topics that
// its members read. Answered when it is durable.

#include "wire/apis/groups/offset_delete.h"

#include "broker/api_handler.h"
#include "broker/groups/coordinator.h"
#include "broker/topics/topics.h"

namespace daybook::broker::apis {
namespace {

using Request = wire::OffsetDeleteRequest;
using Response = wire::OffsetDeleteResponse;

// The answer with the error of each partition that does not exist; the others are `wanted`.
Response check(Core& core, const Request& request, std::vector<log::TopicPartition>& wanted) {
  Response response;
  for (const Request::Topic& asked : request.topics) {
    Response::Topic& answer = response.topics.emplace_back();
    answer.name = asked.name;
    const TopicPtr topic = core.topics.find(asked.name);
    for (const Request::Partition& partition : asked.partitions) {
      const PartitionId index = partition.partition_index;
      const bool there = topic != nullptr && index.value >= 0 &&
                         static_cast<std::size_t>(index.value) < topic->partitions.size();
      answer.partitions.push_back(
          {index, there ? KafkaError::kNone : KafkaError::kUnknownTopicOrPartition});
      if (there) wanted.push_back({asked.name, index});
    }
  }
  return response;
}

void handle(Core& core, const RequestContext&, Request request, Reply<Response> reply) {
  std::vector<log::TopicPartition> wanted;
  Response response = check(core, request, wanted);
  core.groups.remove_offsets(request.group_id, wanted,
                             [reply = std::move(reply), response = std::move(response)](
                                 KafkaError error, std::vector<KafkaError> results) mutable {
                               if (error != KafkaError::kNone) {
                                 response.error_code = error;
                                 response.topics.clear();
                               }
                               auto result = results.begin();
                               for (Response::Topic& topic : response.topics) {
                                 for (Response::Partition& partition : topic.partitions) {
                                   if (partition.error_code == KafkaError::kNone)
                                     partition.error_code = *result++;
                                 }
                               }
                               reply(response);
                             });
}

}  // namespace

ApiHandler offset_delete() {
  return handler_of<wire::OffsetDeleteApi, handle>();
}

}  // namespace daybook::broker::apis
