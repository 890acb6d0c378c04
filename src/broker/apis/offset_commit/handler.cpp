// OffsetCommit: answered when the offsets are durable in the catalog. All partitions of a request
// share one decision, and all decisions that wait share one transaction.

#include "wire/apis/groups/offset_commit.h"

#include "base/report.h"
#include "broker/api_handler.h"
#include "broker/groups/committed_offsets.h"
#include "broker/groups/coordinator.h"
#include "broker/limits.h"
#include "broker/metrics.h"
#include "broker/topics/topics.h"
#include "io/clock.h"

namespace daybook::broker::apis {
namespace {

using Request = wire::OffsetCommitRequest;
using Response = wire::OffsetCommitResponse;

constexpr std::int16_t kFirstWithTopicIds = 10;

KafkaError check_partition(const Topic& topic, const Request::Partition& asked) {
  if (asked.partition_index.value < 0 ||
      static_cast<std::size_t>(asked.partition_index.value) >= topic.partitions.size()) {
    return KafkaError::kUnknownTopicOrPartition;
  }
  if (asked.committed_metadata && asked.committed_metadata->size() > kMaxOffsetMetadataBytes) {
    return KafkaError::kOffsetMetadataTooLarge;
  }
  return KafkaError::kNone;
}

// Fills in the answer of each partition, and collects what is to be committed.
std::vector<catalog::CommittedOffset> check(Core& core, const RequestContext& context,
                                            Request& request, KafkaError group_error,
                                            Response& response) {
  std::vector<catalog::CommittedOffset> offsets;
  const bool by_id = context.version >= kFirstWithTopicIds;
  for (Request::Topic& asked : request.topics) {
    Response::Topic& answer = response.topics.emplace_back();
    answer.name = asked.name;
    answer.topic_id = asked.topic_id;
    const TopicPtr topic = by_id ? core.topics.find(asked.topic_id) : core.topics.find(asked.name);
    for (Request::Partition& partition : asked.partitions) {
      KafkaError error = group_error;
      if (error == KafkaError::kNone && topic == nullptr) {
        error = by_id ? KafkaError::kUnknownTopicId : KafkaError::kUnknownTopicOrPartition;
      }
      if (error == KafkaError::kNone) error = check_partition(*topic, partition);
      answer.partitions.push_back({partition.partition_index, error});
      if (error != KafkaError::kNone) continue;
      offsets.push_back({.group = request.group_id,
                         .topic = topic->name,
                         .partition = partition.partition_index,
                         .offset = partition.committed_offset,
                         .leader_epoch = partition.committed_leader_epoch,
                         .metadata = std::move(partition.committed_metadata).value_or(""),
                         .committed_at = core.clock.wall()});
    }
  }
  return offsets;
}

void fail_all(Response& response, const Error& error) {
  KafkaError code = KafkaError::kCoordinatorNotAvailable;
  if (error.code == ErrorCode::kNotFound) {
    code = KafkaError::kUnknownTopicOrPartition;
  } else if (error.code != ErrorCode::kCancelled) {
    report(Severity::kError, "broker", "could not commit offsets: " + error.message);
  }
  for (Response::Topic& topic : response.topics) {
    for (Response::Partition& partition : topic.partitions) {
      if (partition.error_code == KafkaError::kNone) partition.error_code = code;
    }
  }
}

void handle(Core& core, const RequestContext& context, Request request, Reply<Response> reply) {
  const MemberIdentity member{std::move(request.member_id), std::move(request.group_instance_id),
                              request.generation_id_or_member_epoch};
  const KafkaError group_error = request.group_id.empty()
                                     ? KafkaError::kInvalidGroupId
                                     : core.groups.check_commit(request.group_id, member);
  Response response;
  auto offsets = check(core, context, request, group_error, response);
  if (offsets.empty()) {
    reply(response);
    return;
  }
  core.metrics.offsets_committed += static_cast<std::int64_t>(offsets.size());
  core.offsets.commit(std::move(offsets), [reply = std::move(reply),
                                           response = std::move(response)](Status done) mutable {
    if (!done) fail_all(response, done.error());
    reply(response);
  });
}

}  // namespace

ApiHandler offset_commit() {
  return handler_of<wire::OffsetCommitApi, handle>();
}

}  // namespace daybook::broker::apis
