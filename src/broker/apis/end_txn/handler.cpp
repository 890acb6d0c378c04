// EndTxn: commits or aborts. Answered when every partition has the marker, or, if one cannot be
// written now, when the decision is durable.

#include "wire/apis/transactions/end_txn.h"

#include "broker/api_handler.h"
#include "broker/transactions/coordinator.h"

namespace daybook::broker::apis {
namespace {

using Response = wire::EndTxnResponse;

constexpr std::int16_t kFirstWithFenced = 2;
constexpr std::int16_t kFirstOfV2 = 5;

void handle(Core& core, const RequestContext& context, wire::EndTxnRequest request,
            Reply<Response> reply) {
  if (request.transactional_id.empty()) {
    Response response;
    response.error_code = KafkaError::kInvalidRequest;
    return reply(response);
  }
  const auto protocol =
      context.version >= kFirstOfV2 ? TransactionProtocol::kV2 : TransactionProtocol::kV1;
  core.transactions.end(
      request.transactional_id, {request.producer_id, request.producer_epoch}, request.committed,
      protocol,
      [reply = std::move(reply), knows_fenced = context.version >= kFirstWithFenced](
          TransactionCoordinator::InitAnswer answer) mutable {
        Response ended;
        ended.error_code = fenced_for(answer.error, knows_fenced);
        ended.producer_id = answer.producer.id;
        ended.producer_epoch = answer.producer.epoch;
        reply(ended);
      });
}

}  // namespace

ApiHandler end_txn() {
  return handler_of<wire::EndTxnApi, handle>();
}

}  // namespace daybook::broker::apis
