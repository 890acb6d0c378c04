// OffsetForLeaderEpoch: where the records of a leader epoch end. There has been one leader only, so
// that the current epoch ends where the log does.

#include "wire/apis/records/offset_for_leader_epoch.h"

#include "broker/api_handler.h"
#include "broker/topics/topics.h"

namespace daybook::broker::apis {
namespace {

using Request = wire::OffsetForLeaderEpochRequest;
using Response = wire::OffsetForLeaderEpochResponse;

Response::EpochEndOffset find(const Topic* topic, const Request::Partition& asked) {
  Response::EpochEndOffset answer;
  answer.partition = asked.partition;
  if (topic == nullptr) {
    answer.error_code = KafkaError::kUnknownTopicOrPartition;
    return answer;
  }
  const auto partition = topic->partition(asked.partition, asked.current_leader_epoch);
  if (!partition) {
    answer.error_code = partition.error();
  } else if (asked.leader_epoch == (*partition)->leader_epoch()) {
    answer.leader_epoch = asked.leader_epoch;
    answer.end_offset = (*partition)->log_end();
  }
  return answer;
}

void handle(Core& core, const RequestContext&, Request request, Reply<Response> reply) {
  Response response;
  for (auto& asked : request.topics) {
    Response::Topic& answer = response.topics.emplace_back();
    const TopicPtr topic = core.topics.find(asked.topic);
    answer.topic = std::move(asked.topic);
    for (const auto& partition : asked.partitions) {
      answer.partitions.push_back(find(topic.get(), partition));
    }
  }
  reply(response);
}

}  // namespace

ApiHandler offset_for_leader_epoch() {
  return handler_of<wire::OffsetForLeaderEpochApi, handle>();
}

}  // namespace daybook::broker::apis
