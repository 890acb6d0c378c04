// DeleteTopics: answered when the topics are durably gone. Each one succeeds or fails alone.

#include "wire/apis/topics/delete_topics.h"

#include <memory>

#include "base/report.h"
#include "broker/api_handler.h"
#include "broker/limits.h"
#include "broker/pending_answer.h"
#include "broker/topics/topics.h"

namespace daybook::broker::apis {
namespace {

using Request = wire::DeleteTopicsRequest;
using Response = wire::DeleteTopicsResponse;

constexpr std::int16_t kFirstWithTopicIds = 6;

using Pending = PendingAnswer<Response>;

void answer_with(Response::Topic& answer, const Error& error) {
  switch (error.code) {
    case ErrorCode::kNotFound:
      answer.error_code = KafkaError::kUnknownTopicOrPartition;
      break;
    case ErrorCode::kCancelled:
      answer.error_code = KafkaError::kCoordinatorNotAvailable;
      break;
    default:
      answer.error_code = KafkaError::kKafkaStorageError;
      report(Severity::kError, "broker", "could not delete a topic: " + error.message);
  }
  answer.error_message = error.message;
}

void remove(Core& core, const std::shared_ptr<Pending>& pending, const Request::Topic& asked,
            std::size_t at) {
  Response::Topic& answer = pending->response.responses[at];
  answer.name = asked.name;
  answer.topic_id = asked.topic_id;
  if (asked.name.has_value() != (asked.topic_id == Uuid{})) {
    answer.error_code = KafkaError::kInvalidRequest;
    answer.error_message = "a topic is named either by its name or by its id";
    return;
  }
  const TopicPtr topic =
      asked.name ? core.topics.find(*asked.name) : core.topics.find(asked.topic_id);
  if (topic == nullptr) {
    answer.error_code =
        asked.name ? KafkaError::kUnknownTopicOrPartition : KafkaError::kUnknownTopicId;
    return;
  }
  answer.name = topic->name;
  answer.topic_id = topic->id;
  pending->begin_one();
  core.topics.remove(topic->id, [pending, at](Status removed) {
    if (!removed) answer_with(pending->response.responses[at], removed.error());
    pending->finish_one();
  });
}

void handle(Core& core, const RequestContext& context, Request request, Reply<Response> reply) {
  if (context.version < kFirstWithTopicIds) {
    for (std::string& name : request.topic_names) {
      request.topics.push_back({std::move(name), Uuid{}});
    }
  }
  if (request.topics.size() > kMaxTopicsPerRequest) {
    reply.refuse("a request to delete " + std::to_string(request.topics.size()) +
                 " topics; at most " + std::to_string(kMaxTopicsPerRequest) + " are taken at once");
    return;
  }
  const auto pending = std::make_shared<Pending>(std::move(reply));
  pending->response.responses.resize(request.topics.size());
  for (std::size_t i = 0; i < request.topics.size(); ++i) {
    remove(core, pending, request.topics[i], i);
  }
  pending->finish_one();
}

}  // namespace

ApiHandler delete_topics() {
  return handler_of<wire::DeleteTopicsApi, handle>();
}

}  // namespace daybook::broker::apis
