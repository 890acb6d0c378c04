// AddOffsetsToTxn: a client of version 1 says that it is about to commit offsets of a group.

#include "wire/apis/transactions/add_offsets_to_txn.h"

#include "broker/api_handler.h"
#include "broker/transactions/coordinator.h"

namespace daybook::broker::apis {
namespace {

using Response = wire::AddOffsetsToTxnResponse;

constexpr std::int16_t kFirstWithFenced = 2;

void handle(Core& core, const RequestContext& context, wire::AddOffsetsToTxnRequest request,
            Reply<Response> reply) {
  Response response;
  if (request.transactional_id.empty()) response.error_code = KafkaError::kInvalidRequest;
  if (request.group_id.empty()) response.error_code = KafkaError::kInvalidGroupId;
  if (response.error_code != KafkaError::kNone) return reply(response);
  core.transactions.add_group(
      request.transactional_id, {request.producer_id, request.producer_epoch}, request.group_id,
      TransactionProtocol::kV1,
      [reply = std::move(reply),
       knows_fenced = context.version >= kFirstWithFenced](KafkaError error) mutable {
        Response added;
        added.error_code = fenced_for(error, knows_fenced);
        reply(added);
      });
}

}  // namespace

ApiHandler add_offsets_to_txn() {
  return handler_of<wire::AddOffsetsToTxnApi, handle>();
}

}  // namespace daybook::broker::apis
