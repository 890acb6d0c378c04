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

constexpr std::int16_t kFirstWithMemberEpochs = 9;
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
                                            Request& request, Response& response) {
  std::vector<catalog::CommittedOffset> offsets;
  const bool by_id = context.version >= kFirstWithTopicIds;
  for (Request::Topic& asked : request.topics) {
    Response::Topic& answer = response.topics.emplace_back();
    answer.name = asked.name;
    answer.topic_id = asked.topic_id;
    const TopicPtr topic = by_id ? core.topics.find(asked.topic_id) : core.topics.find(asked.name);
    for (Request::Partition& partition : asked.partitions) {
      KafkaError error = KafkaError::kNone;
      if (topic == nullptr) {
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

// For the partitions that have no error of their own.
void fail_all(Response& response, KafkaError error) {
  for (Response::Topic& topic : response.topics) {
    for (Response::Partition& partition : topic.partitions) {
      if (partition.error_code == KafkaError::kNone) partition.error_code = error;
    }
  }
}

void refuse(Response& response, KafkaError error) {
  for (Response::Topic& topic : response.topics) {
    for (Response::Partition& partition : topic.partitions) partition.error_code = error;
  }
}

KafkaError error_of(const Error& error) {
  if (error.code == ErrorCode::kNotFound) return KafkaError::kUnknownTopicOrPartition;
  if (error.code != ErrorCode::kCancelled) {
    report(Severity::kError, "broker", "could not commit offsets: " + error.message);
  }
  return KafkaError::kCoordinatorNotAvailable;
}

void handle(Core& core, const RequestContext& context, Request request, Reply<Response> reply) {
  const MemberIdentity member{std::move(request.member_id), std::move(request.group_instance_id),
                              request.generation_id_or_member_epoch,
                              context.version >= kFirstWithMemberEpochs};
  Response response;
  auto offsets = check(core, context, request, response);
  const auto count = static_cast<std::int64_t>(offsets.size());
  const KafkaError refused =
      request.group_id.empty()
          ? KafkaError::kInvalidGroupId
          : core.groups.commit(request.group_id, member, [&] {
              if (offsets.empty()) return;
              core.offsets.commit(
                  std::move(offsets),
                  [reply = std::move(reply), response = std::move(response)](Status done) mutable {
                    if (!done) fail_all(response, error_of(done.error()));
                    reply(response);
                  });
            });
  if (refused == KafkaError::kNone && count > 0) {
    core.metrics.offsets_committed += count;
    return;
  }
  if (refused != KafkaError::kNone) refuse(response, refused);
  reply(response);
}

}  // namespace

ApiHandler offset_commit() {
  return handler_of<wire::OffsetCommitApi, handle>();
}

}  // namespace daybook::broker::apis
