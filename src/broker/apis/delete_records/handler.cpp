// DeleteRecords: moves the begin of partitions up. Answered when it is durable: what was deleted
// does not come back. The space follows, by whole segments.

#include "wire/apis/records/delete_records.h"

#include <atomic>
#include <memory>

#include "base/report.h"
#include "broker/api_handler.h"
#include "broker/cleaner/cleaner.h"
#include "broker/limits.h"
#include "broker/topics/topics.h"

namespace daybook::broker::apis {
namespace {

using Request = wire::DeleteRecordsRequest;
using Response = wire::DeleteRecordsResponse;

constexpr Offset kNone{-1};
constexpr Offset kHighWatermark{-1};

// The answer while deletions become durable; whoever finishes last sends it.
struct Pending {
  explicit Pending(Reply<Response> r) : reply(std::move(r)) {}
  Response response;
  Reply<Response> reply;
  std::atomic<std::size_t> open = 1;

  void finish_one() {
    if (open.fetch_sub(1) == 1) reply(response);
  }
};

KafkaError error_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::kNotFound:
      return KafkaError::kOffsetOutOfRange;
    case ErrorCode::kUnavailable:  // closed: its topic is being deleted
    case ErrorCode::kCancelled:
      return KafkaError::kNotLeaderOrFollower;
    default:
      report(Severity::kError, "broker", "could not delete records: " + error.message);
      return KafkaError::kKafkaStorageError;
  }
}

KafkaError refusal_of(const Topic* topic, const Request::Partition& asked) {
  if (topic == nullptr) return KafkaError::kUnknownTopicOrPartition;
  if (const auto partition = topic->partition(asked.partition_index); !partition) {
    return partition.error();
  }
  // As Apache Kafka: in a topic that is only compacted, a tombstone deletes.
  if (!topic->settings.log.deletes) return KafkaError::kPolicyViolation;
  return asked.offset < kHighWatermark ? KafkaError::kOffsetOutOfRange : KafkaError::kNone;
}

void delete_below(Core& core, const std::shared_ptr<Pending>& pending, const TopicPtr& topic,
                  const Request::Partition& asked, Response::Partition& answer) {
  answer.partition_index = asked.partition_index;
  answer.low_watermark = kNone;
  answer.error_code = refusal_of(topic.get(), asked);
  if (answer.error_code != KafkaError::kNone) return;
  ++pending->open;
  core.cleaner.delete_records(
      *topic->partitions[static_cast<std::size_t>(asked.partition_index.value)],
      asked.offset == kHighWatermark ? std::nullopt : std::optional(asked.offset),
      [pending, &answer](const Result<Offset>& start) {
        if (start) {
          answer.low_watermark = *start;
        } else {
          answer.error_code = error_of(start.error());
        }
        pending->finish_one();
      });
}

void handle(Core& core, const RequestContext&, Request request, Reply<Response> reply) {
  std::size_t partitions = 0;
  for (const Request::Topic& topic : request.topics) partitions += topic.partitions.size();
  if (partitions > static_cast<std::size_t>(kMaxPartitions)) {
    reply.refuse("a request to delete records of " + std::to_string(partitions) +
                 " partitions; at most " + std::to_string(kMaxPartitions) + " are taken at once");
    return;
  }
  const auto pending = std::make_shared<Pending>(std::move(reply));
  // Complete before anything begins: later nothing moves in it.
  pending->response.topics.resize(request.topics.size());
  for (std::size_t t = 0; t < request.topics.size(); ++t) {
    Response::Topic& answer = pending->response.topics[t];
    answer.partitions.resize(request.topics[t].partitions.size());
  }
  for (std::size_t t = 0; t < request.topics.size(); ++t) {
    Request::Topic& asked = request.topics[t];
    Response::Topic& answer = pending->response.topics[t];
    const TopicPtr topic = core.topics.find(asked.name);
    answer.name = std::move(asked.name);
    for (std::size_t p = 0; p < asked.partitions.size(); ++p) {
      delete_below(core, pending, topic, asked.partitions[p], answer.partitions[p]);
    }
  }
  pending->finish_one();
}

}  // namespace

ApiHandler delete_records() {
  return handler_of<wire::DeleteRecordsApi, handle>();
}

}  // namespace daybook::broker::apis
