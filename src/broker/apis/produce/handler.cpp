// Produce: each batch is checked at once and appended with those of the requests that have come
// together with it, in the order of the requests of a connection, so that the next request can be
// read while this one waits for the disk. Answered when everything that was appended is durable
// (Durability::kOs: written). Records of a transaction are appended while it allows it: they are
// never behind its markers.

#include "wire/apis/records/produce.h"

#include <atomic>
#include <memory>

#include "base/report.h"
#include "broker/api_handler.h"
#include "broker/apis/produce/batch_check.h"
#include "broker/append_queue.h"
#include "broker/metrics.h"
#include "broker/topics/topics.h"
#include "broker/transactions/coordinator.h"
#include "io/clock.h"

namespace daybook::broker::apis {
namespace {

using Request = wire::ProduceRequest;
using Response = wire::ProduceResponse;

constexpr std::int16_t kNoAcks = 0;
constexpr std::int16_t kLeaderAcks = 1;
constexpr std::int16_t kAllAcks = -1;
constexpr std::int16_t kFirstWithAbortable = 11;
constexpr std::int16_t kFirstOfTransactionsV2 = 12;
constexpr std::int16_t kFirstWithTopicIds = 13;

// The answer while appends become durable; whoever finishes last sends it. Each partition's part is
// written by one thread.
struct Pending {
  Pending(Core& c, std::int16_t v, std::optional<std::string> id, Reply<Response> r)
      : core(c), version(v), transactional_id(std::move(id)), reply(std::move(r)) {}
  Core& core;
  const std::int16_t version;
  const std::optional<std::string> transactional_id;
  Response response;
  Reply<Response> reply;
  bool acks_wanted = true;
  std::string first_refusal;
  std::atomic<std::size_t> open = 1;

  void finish_one() {
    if (open.fetch_sub(1) > 1) return;
    if (acks_wanted) {
      reply(response);
    } else if (first_refusal.empty()) {
      reply.nothing();
    } else {
      // The only way to tell a producer that wants no answers.
      reply.refuse("a produce request with acks=0 failed: " + first_refusal);
    }
  }
};

void refuse(Pending& pending, Response::Partition& answer, Refusal refusal) {
  ++pending.core.metrics.produce_refusals;
  answer.error_code = refusal.error;
  answer.base_offset = Offset{-1};
  if (pending.first_refusal.empty()) {
    pending.first_refusal = std::string(to_string(refusal.error)) + " " + refusal.message;
  }
  if (refusal.record) {
    answer.record_errors.push_back({*refusal.record, refusal.message});
  }
  if (!refusal.message.empty()) answer.error_message = std::move(refusal.message);
}

KafkaError error_of(log::AppendFault fault) {
  switch (fault) {
    case log::AppendFault::kInvalid:
      return KafkaError::kInvalidRecord;
    case log::AppendFault::kTooLarge:
      return KafkaError::kRecordListTooLarge;
    case log::AppendFault::kOutOfOrderSequence:
      return KafkaError::kOutOfOrderSequenceNumber;
    case log::AppendFault::kStaleEpoch:
      return KafkaError::kInvalidProducerEpoch;
    case log::AppendFault::kInTransaction:
      return KafkaError::kInvalidTxnState;
    case log::AppendFault::kStaleCoordinator:
      return KafkaError::kTransactionCoordinatorFenced;
    case log::AppendFault::kClosed:
      return KafkaError::kNotLeaderOrFollower;
    case log::AppendFault::kNoSpace:
    case log::AppendFault::kStorage:
      return KafkaError::kKafkaStorageError;
  }
  return KafkaError::kUnknownServerError;
}

// What Kafka tells this version: clients react to the error codes that they know.
KafkaError error_of(KafkaError transaction_error, std::int16_t version) {
  switch (transaction_error) {
    case KafkaError::kProducerFenced:
      return KafkaError::kInvalidProducerEpoch;
    case KafkaError::kTransactionAbortable:
      return version >= kFirstWithAbortable ? transaction_error : KafkaError::kInvalidTxnState;
    case KafkaError::kConcurrentTransactions:
      return version >= kFirstOfTransactionsV2 ? transaction_error : KafkaError::kNotEnoughReplicas;
    case KafkaError::kCoordinatorNotAvailable:
      return KafkaError::kNotEnoughReplicas;
    default:
      return transaction_error;
  }
}

std::expected<Permit, Refusal> permit(const Pending& pending, const wire::BatchView& batch,
                                      const catalog::TransactionPartition& partition) {
  if (!batch.is_transactional()) return Permit();
  if (!pending.transactional_id) {
    return std::unexpected(Refusal{KafkaError::kTransactionalIdAuthorizationFailed,
                                   "the request names no transactional id, and the record batch "
                                   "is part of a transaction",
                                   {}});
  }
  const auto protocol = pending.version >= kFirstOfTransactionsV2 ? TransactionProtocol::kV2
                                                                  : TransactionProtocol::kV1;
  auto given = pending.core.transactions.permit(*pending.transactional_id,
                                                {batch.producer_id(), batch.producer_epoch()},
                                                partition, protocol);
  if (given) return *std::move(given);
  return std::unexpected(
      Refusal{error_of(given.error(), pending.version),
              "transactional id '" + *pending.transactional_id +
                  "' cannot write to the partition: " + std::string(to_string(given.error())),
              {}});
}

// What an append has given. The topic keeps the partition alive until it is durable.
void answer_append(const std::shared_ptr<Pending>& pending, const TopicPtr& topic,
                   log::Partition& log, const wire::BatchView& batch,
                   const log::AppendResult& appended, Response::Partition& answer) {
  if (!appended) {
    const log::AppendError& error = appended.error();
    if (error.fault == log::AppendFault::kNoSpace || error.fault == log::AppendFault::kStorage) {
      report(Severity::kError, "broker", error.message);
    }
    refuse(*pending, answer, {error_of(error.fault), error.message, {}});
    return pending->finish_one();
  }
  Metrics& metrics = pending->core.metrics;
  ++metrics.produced_batches;
  metrics.produced_records += batch.record_count();
  metrics.produced_bytes += static_cast<std::int64_t>(batch.size_bytes());
  answer.base_offset = appended->base;
  answer.log_start_offset = log.log_start();
  if (!pending->acks_wanted) return pending->finish_one();
  log.when_durable(appended->end, [pending, topic, &answer](Status durable) {
    if (!durable) {
      report(Severity::kError, "broker", durable.error().message);
      ++pending->core.metrics.produce_refusals;
      answer.error_code = KafkaError::kKafkaStorageError;
      answer.error_message = durable.error().message;
      answer.base_offset = Offset{-1};
    }
    pending->finish_one();
  });
}

void append_partition(const std::shared_ptr<Pending>& pending, const TopicPtr& topic,
                      const Request::Partition& asked, Response::Partition& answer,
                      AppendQueue& appends) {
  const auto log = topic->partition(asked.index);
  if (!log) return refuse(*pending, answer, {log.error(), "", {}});
  const auto batch = check_batch(topic->settings, asked.records);
  if (!batch) return refuse(*pending, answer, batch.error());
  auto permitted = permit(*pending, *batch, {topic->id, asked.index});
  if (!permitted) return refuse(*pending, answer, std::move(permitted).error());
  Bytes stamped;
  if (topic->settings.log_append_time) {
    stamped = to_bytes(batch->bytes());
    answer.log_append_time_ms = pending->core.clock.wall();
    wire::set_log_append_time(stamped, answer.log_append_time_ms);
  }
  const BytesView bytes = stamped.empty() ? batch->bytes() : stamped;
  ++pending->open;
  appends.add(**log, bytes,
              [pending, topic, &log = **log, batch = *batch, &answer, stamped = std::move(stamped),
               permitted = *std::move(permitted)](const log::AppendResult& appended) {
                answer_append(pending, topic, log, batch, appended, answer);
              });
}

void refuse_topic(Pending& pending, const Request::Topic& asked, Response::Topic& answer,
                  const Refusal& refusal) {
  for (std::size_t i = 0; i < asked.partition_data.size(); ++i) {
    refuse(pending, answer.partition_responses[i], refusal);
  }
}

Refusal refusal_of(const Request& request) {
  if (request.acks != kNoAcks && request.acks != kLeaderAcks && request.acks != kAllAcks) {
    return {KafkaError::kInvalidRequiredAcks,
            "acks may be 0, 1 or -1, not " + std::to_string(request.acks),
            {}};
  }
  return {};
}

// The shape of the answer, complete before anything is appended: later nothing moves in it.
void shape(const Request& request, Response& response) {
  response.responses.resize(request.topic_data.size());
  for (std::size_t t = 0; t < request.topic_data.size(); ++t) {
    response.responses[t].name = request.topic_data[t].name;
    response.responses[t].topic_id = request.topic_data[t].topic_id;
    const auto& partitions = request.topic_data[t].partition_data;
    response.responses[t].partition_responses.resize(partitions.size());
    for (std::size_t p = 0; p < partitions.size(); ++p) {
      response.responses[t].partition_responses[p].index = partitions[p].index;
    }
  }
}

void handle(Core& core, const RequestContext& context, Request request, Reply<Response> reply) {
  const auto pending = std::make_shared<Pending>(
      core, context.version, std::move(request.transactional_id), std::move(reply));
  pending->acks_wanted = request.acks != kNoAcks;
  shape(request, pending->response);
  const Refusal whole = refusal_of(request);
  const bool by_id = context.version >= kFirstWithTopicIds;
  for (std::size_t t = 0; t < request.topic_data.size(); ++t) {
    const Request::Topic& asked = request.topic_data[t];
    Response::Topic& answer = pending->response.responses[t];
    const TopicPtr topic = by_id ? core.topics.find(asked.topic_id) : core.topics.find(asked.name);
    if (whole.error != KafkaError::kNone) {
      refuse_topic(*pending, asked, answer, whole);
    } else if (topic == nullptr) {
      refuse_topic(*pending, asked, answer,
                   {by_id ? KafkaError::kUnknownTopicId : KafkaError::kUnknownTopicOrPartition,
                    "there is no such topic",
                    {}});
    } else {
      for (std::size_t p = 0; p < asked.partition_data.size(); ++p) {
        append_partition(pending, topic, asked.partition_data[p], answer.partition_responses[p],
                         context.appends);
      }
    }
  }
  pending->finish_one();
}

}  // namespace

ApiHandler produce() {
  return handler_of<wire::ProduceApi, handle>(Pipelining::kYes);
}

}  // namespace daybook::broker::apis
