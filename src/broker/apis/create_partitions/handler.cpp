// CreatePartitions: answered when the new partitions are durable and can be written. Each topic
// succeeds or fails alone.

#include "wire/apis/topics/create_partitions.h"

#include <memory>
#include <set>
#include <utility>

#include "base/report.h"
#include "broker/api_handler.h"
#include "broker/limits.h"
#include "broker/pending_answer.h"
#include "broker/topics/replicas.h"
#include "broker/topics/topics.h"

namespace daybook::broker::apis {
namespace {

using Request = wire::CreatePartitionsRequest;
using Response = wire::CreatePartitionsResponse;
using Pending = PendingAnswer<Response>;

void refuse(Response::Result& answer, KafkaError code, std::string message) {
  answer.error_code = code;
  answer.error_message = std::move(message);
}

void refuse(Response::Result& answer, const Error& error) {
  switch (error.code) {
    case ErrorCode::kInvalid:
      return refuse(answer, KafkaError::kInvalidPartitions, error.message);
    case ErrorCode::kNotFound:
      return refuse(answer, KafkaError::kUnknownTopicOrPartition, error.message);
    case ErrorCode::kNoSpace:
      return refuse(answer, KafkaError::kPolicyViolation, error.message);
    case ErrorCode::kCancelled:
      return refuse(answer, KafkaError::kCoordinatorNotAvailable, error.message);
    default:
      report(Severity::kError, "broker", "could not add partitions: " + error.message);
      return refuse(answer, KafkaError::kKafkaStorageError, error.message);
  }
}

bool check_assignments(const Request::Topic& asked, const Topic& topic, Response::Result& answer) {
  if (!asked.assignments) return true;
  const auto added = static_cast<std::size_t>(asked.count) - topic.partitions.size();
  if (asked.assignments->size() != added) {
    refuse(answer, KafkaError::kInvalidReplicaAssignment,
           std::to_string(added) + " partitions are to be added, and replicas are assigned for " +
               std::to_string(asked.assignments->size()));
    return false;
  }
  for (const auto& each : *asked.assignments) {
    if (auto fault = replicas_fault(each.broker_ids)) {
      refuse(answer, KafkaError::kInvalidReplicaAssignment, *std::move(fault));
      return false;
    }
  }
  return true;
}

void add(Core& core, const std::shared_ptr<Pending>& pending, const Request::Topic& asked,
         bool validate_only, std::size_t at) {
  Response::Result& answer = pending->response.results[at];
  const TopicPtr topic = core.topics.find(asked.name);
  if (topic == nullptr) {
    return refuse(answer, KafkaError::kUnknownTopicOrPartition,
                  "no topic is named '" + asked.name + "'");
  }
  const Status possible = core.topics.check_partitions(*topic, asked.count);
  if (!possible) return refuse(answer, possible.error());
  if (!check_assignments(asked, *topic, answer) || validate_only) return;
  pending->begin_one();
  core.topics.add_partitions(topic->id, asked.count, [pending, at](const Status& added) {
    if (!added) refuse(pending->response.results[at], added.error());
    pending->finish_one();
  });
}

void handle(Core& core, const RequestContext&, Request request, Reply<Response> reply) {
  if (request.topics.size() > kMaxTopicsPerRequest) {
    reply.refuse("a request to enlarge " + std::to_string(request.topics.size()) +
                 " topics; at most " + std::to_string(kMaxTopicsPerRequest) + " are taken at once");
    return;
  }
  std::multiset<std::string_view> names;
  for (const auto& asked : request.topics) names.insert(asked.name);
  const auto pending = std::make_shared<Pending>(std::move(reply));
  pending->response.results.resize(request.topics.size());
  for (std::size_t i = 0; i < request.topics.size(); ++i) {
    Response::Result& answer = pending->response.results[i];
    answer.name = request.topics[i].name;
    if (names.count(answer.name) > 1) {
      refuse(answer, KafkaError::kInvalidRequest, "the request names this topic more than once");
    } else {
      add(core, pending, request.topics[i], request.validate_only, i);
    }
  }
  pending->finish_one();
}

}  // namespace

ApiHandler create_partitions() {
  return handler_of<wire::CreatePartitionsApi, handle>();
}

}  // namespace daybook::broker::apis
