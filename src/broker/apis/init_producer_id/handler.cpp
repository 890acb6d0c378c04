// InitProducerId: an id and an epoch for a producer. Without a transactional id it is a new one
// that the partitions alone will know; with one, the catalog has stored it before the answer.

#include "wire/apis/transactions/init_producer_id.h"

#include "base/report.h"
#include "broker/api_handler.h"
#include "broker/limits.h"
#include "broker/producer_ids.h"
#include "broker/transactions/coordinator.h"

namespace daybook::broker::apis {
namespace {

using Request = wire::InitProducerIdRequest;
using Response = wire::InitProducerIdResponse;

// Older clients know a fenced producer under another name.
constexpr std::int16_t kFirstWithFenced = 4;

// As in Apache Kafka, an idempotent producer that starts over gets a new id: its old one is known
// to the partitions alone.
void give_new_id(Core& core, Reply<Response> reply) {
  core.producer_ids.take([reply = std::move(reply)](Result<ProducerId> id) mutable {
    Response taken;
    if (id) {
      taken.producer_id = *id;
      taken.producer_epoch = ProducerEpoch{0};
    } else {
      report(Severity::kError, "broker", "could not reserve producer ids: " + id.error().message);
      taken.error_code = KafkaError::kCoordinatorNotAvailable;
    }
    reply(taken);
  });
}

KafkaError check(const Request& request) {
  // Both, or neither: who recovers names what it was.
  const bool named = request.producer_id != kNoProducer;
  if (request.transactional_id->empty() || named != (request.producer_epoch.value >= 0)) {
    return KafkaError::kInvalidRequest;
  }
  const std::chrono::milliseconds timeout(request.transaction_timeout_ms);
  if (timeout.count() <= 0 || timeout > kMaxTransactionTimeout) {
    return KafkaError::kInvalidTransactionTimeout;
  }
  return KafkaError::kNone;
}

void handle(Core& core, const RequestContext& context, Request request, Reply<Response> reply) {
  if (!request.transactional_id) return give_new_id(core, std::move(reply));
  Response response;
  response.error_code = check(request);
  if (response.error_code != KafkaError::kNone) return reply(response);
  std::optional<ProducerIdentity> was;
  if (request.producer_id != kNoProducer) {
    was = ProducerIdentity{request.producer_id, request.producer_epoch};
  }
  core.transactions.init(
      *request.transactional_id, was, std::chrono::milliseconds(request.transaction_timeout_ms),
      [reply = std::move(reply),
       version = context.version](TransactionCoordinator::InitAnswer answer) mutable {
        Response given;
        given.error_code = fenced_for(answer.error, version >= kFirstWithFenced);
        given.producer_id = answer.producer.id;
        given.producer_epoch = answer.producer.epoch;
        reply(given);
      });
}

}  // namespace

ApiHandler init_producer_id() {
  return handler_of<wire::InitProducerIdApi, handle>();
}

}  // namespace daybook::broker::apis
