// Metadata: this node, and topics by name, by id, or all. Topics that are asked for by name and do
// not exist are made, if both the client and the server want that, before the answer is sent.

#include "wire/apis/topics/metadata.h"

#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "broker/api_handler.h"
#include "broker/authorized_operations.h"
#include "broker/limits.h"
#include "broker/pending_answer.h"
#include "broker/settings/broker_settings.h"
#include "broker/topics/topics.h"

namespace daybook::broker::apis {
namespace {

using Response = wire::MetadataResponse;
using wire::KafkaError;

Response::Topic describe(const Topic& topic) {
  Response::Topic described;
  described.name = topic.name;
  described.topic_id = topic.id;
  for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
    Response::Partition partition;
    partition.partition_index = PartitionId{static_cast<std::int32_t>(i)};
    partition.leader_id = kNodeId;
    partition.replica_nodes = {kNodeId};
    partition.isr_nodes = {kNodeId};
    if (topic.partitions[i]) {
      partition.leader_epoch = (*topic.partitions[i])->leader_epoch();
    } else {
      partition.error_code = KafkaError::kKafkaStorageError;
      partition.offline_replicas = {kNodeId};
    }
    described.partitions.push_back(std::move(partition));
  }
  return described;
}

KafkaError error_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::kInvalid:
      return KafkaError::kInvalidTopicException;
    case ErrorCode::kNoSpace:
      return KafkaError::kPolicyViolation;
    case ErrorCode::kCancelled:
      return KafkaError::kLeaderNotAvailable;
    default:
      return KafkaError::kKafkaStorageError;
  }
}

using Pending = PendingAnswer<Response>;

void create(Core& core, const std::shared_ptr<Pending>& pending, const std::string& name,
            std::size_t at) {
  pending->begin_one();
  NewTopic wanted{.name = name, .partitions = core.broker_settings.default_partitions()};
  core.topics.create(std::move(wanted), [&core, pending, name, at](Result<TopicPtr> created) {
    Response::Topic& answer = pending->response.topics[at];
    // Another connection may have made it in the meantime.
    if (const TopicPtr topic = created ? *created : core.topics.find(name); topic != nullptr) {
      const std::int32_t operations = answer.topic_authorized_operations;
      answer = describe(*topic);
      answer.topic_authorized_operations = operations;
    } else {
      answer.error_code = error_of(created.error());
    }
    pending->finish_one();
  });
}

void answer_topic(Core& core, const wire::MetadataRequest& request,
                  const wire::MetadataRequest::Topic& asked,
                  const std::shared_ptr<Pending>& pending, std::vector<std::size_t>& to_create) {
  Response::Topic& answer = pending->response.topics.emplace_back();
  answer.name = asked.name;
  answer.topic_id = asked.topic_id;
  const TopicPtr topic =
      asked.name ? core.topics.find(*asked.name) : core.topics.find(asked.topic_id);
  if (topic != nullptr) {
    answer = describe(*topic);
  } else if (!asked.name) {
    answer.error_code = KafkaError::kUnknownTopicId;
  } else if (!check_topic_name(*asked.name)) {
    answer.error_code = KafkaError::kInvalidTopicException;
  } else {
    answer.error_code = KafkaError::kUnknownTopicOrPartition;
    if (request.allow_auto_topic_creation && core.broker_settings.auto_create_topics() &&
        to_create.size() < kMaxTopicsPerRequest) {
      to_create.push_back(pending->response.topics.size() - 1);
    }
  }
}

void handle(Core& core, const RequestContext& context, wire::MetadataRequest request,
            Reply<Response> reply) {
  const auto pending = std::make_shared<Pending>(std::move(reply));
  Response& response = pending->response;
  response.brokers.push_back(
      {kNodeId, context.advertised.host, context.advertised.port, std::nullopt});
  response.cluster_id = to_string(core.settings.cluster_id);
  response.controller_id = kNodeId;
  const bool all = !request.topics || (context.version == 0 && request.topics->empty());
  std::vector<std::size_t> to_create;
  if (all) {
    for (const TopicPtr& topic : core.topics.all()) response.topics.push_back(describe(*topic));
  } else {
    // Named twice is described once: a description is large, and a name is not.
    std::set<std::pair<std::optional<std::string>, Uuid>> seen;
    for (const auto& asked : *request.topics) {
      if (!seen.emplace(asked.name, asked.topic_id).second) continue;
      answer_topic(core, request, asked, pending, to_create);
    }
  }
  if (request.include_cluster_authorized_operations) {
    response.cluster_authorized_operations = kClusterOperations;
  }
  if (request.include_topic_authorized_operations) {
    for (Response::Topic& topic : response.topics) {
      topic.topic_authorized_operations = kTopicOperations;
    }
  }
  // Only now, as nothing moves the answers any more.
  for (const std::size_t at : to_create) create(core, pending, *response.topics[at].name, at);
  pending->finish_one();
}

}  // namespace

ApiHandler metadata() {
  return handler_of<wire::MetadataApi, handle>();
}

}  // namespace daybook::broker::apis
