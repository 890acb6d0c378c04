// TxnOffsetCommit: offsets of a group that are committed when the transaction is. Answered when
// they are durable as pending.

#include "wire/apis/transactions/txn_offset_commit.h"

#include "base/report.h"
#include "broker/api_handler.h"
#include "broker/groups/committed_offsets.h"
#include "broker/groups/coordinator.h"
#include "broker/limits.h"
#include "broker/topics/topics.h"
#include "broker/transactions/coordinator.h"
#include "io/clock.h"

namespace daybook::broker::apis {
namespace {

using Request = wire::TxnOffsetCommitRequest;
using Response = wire::TxnOffsetCommitResponse;

constexpr std::int16_t kFirstOfV2 = 5;

KafkaError check_partition(const Topic* topic, const Request::Partition& asked) {
  const std::int32_t index = asked.partition_index.value;
  if (topic == nullptr || index < 0 ||
      static_cast<std::size_t>(index) >= topic->partitions.size()) {
    return KafkaError::kUnknownTopicOrPartition;
  }
  if (asked.committed_metadata && asked.committed_metadata->size() > kMaxOffsetMetadataBytes) {
    return KafkaError::kOffsetMetadataTooLarge;
  }
  return KafkaError::kNone;
}

// Clients know a fenced producer under another name here, and one whose transaction is over.
KafkaError for_client(KafkaError error, std::int16_t version) {
  if (error == KafkaError::kTransactionAbortable && version < kFirstOfV2) {
    return KafkaError::kInvalidTxnState;
  }
  return fenced_for(error, false);
}

// Fills in the answer of each partition, and collects what is to be stored.
std::vector<catalog::CommittedOffset> check(const Core& core, Request& request,
                                            Response& response) {
  std::vector<catalog::CommittedOffset> offsets;
  for (Request::Topic& asked : request.topics) {
    Response::Topic& answer = response.topics.emplace_back();
    answer.name = asked.name;
    const TopicPtr topic = core.topics.find(asked.name);
    for (Request::Partition& partition : asked.partitions) {
      const KafkaError own = check_partition(topic.get(), partition);
      answer.partitions.push_back({partition.partition_index, own});
      if (own != KafkaError::kNone) continue;
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

KafkaError error_of(const Error& error) {
  if (error.code == ErrorCode::kNotFound) return KafkaError::kUnknownTopicOrPartition;
  if (error.code != ErrorCode::kCancelled) {
    report(Severity::kError, "broker", "could not store pending offsets: " + error.message);
  }
  return KafkaError::kCoordinatorNotAvailable;
}

std::expected<Permit, KafkaError> permit(Core& core, const Request& request, std::int16_t version) {
  if (request.transactional_id.empty()) return std::unexpected(KafkaError::kInvalidRequest);
  if (request.group_id.empty()) return std::unexpected(KafkaError::kInvalidGroupId);
  const auto protocol = version >= kFirstOfV2 ? TransactionProtocol::kV2 : TransactionProtocol::kV1;
  auto given = core.transactions.permit(request.transactional_id,
                                        {request.producer_id, request.producer_epoch},
                                        request.group_id, protocol);
  if (given) return given;
  return std::unexpected(for_client(given.error(), version));
}

void handle(Core& core, const RequestContext& context, Request request, Reply<Response> reply) {
  Response response;
  auto offsets = check(core, request, response);
  if (offsets.empty()) return reply(response);
  auto permitted = permit(core, request, context.version);
  const MemberIdentity member{std::move(request.member_id), std::move(request.group_instance_id),
                              request.generation_id, true};
  const KafkaError refused =
      !permitted ? permitted.error() : core.groups.commit(request.group_id, member, [&] {
        core.offsets.commit_with(request.transactional_id, std::move(offsets),
                                 [reply = std::move(reply), response = std::move(response),
                                  held = *std::move(permitted)](Status done) mutable {
                                   if (!done) fail_all(response, error_of(done.error()));
                                   held.release();
                                   reply(response);
                                 });
      });
  if (refused == KafkaError::kNone) return;
  // Clients know a stale member of any protocol under the classic one's name here.
  fail_all(response,
           refused == KafkaError::kStaleMemberEpoch ? KafkaError::kIllegalGeneration : refused);
  reply(response);
}

}  // namespace

ApiHandler txn_offset_commit() {
  return handler_of<wire::TxnOffsetCommitApi, handle>();
}

}  // namespace daybook::broker::apis
