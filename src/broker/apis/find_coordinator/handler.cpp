// FindCoordinator: this node coordinates every group and every transaction.

#include "wire/apis/groups/find_coordinator.h"

#include "broker/api_handler.h"

namespace daybook::broker::apis {
namespace {

using Response = wire::FindCoordinatorResponse;
using wire::KafkaError;

constexpr std::int8_t kGroupKey = 0;
constexpr std::int8_t kTransactionKey = 1;
constexpr std::int16_t kFirstBatched = 4;

Response::Coordinator find(const RequestContext& context, std::int8_t key_type, std::string key) {
  Response::Coordinator found;
  found.key = std::move(key);
  found.node_id = -1;
  found.port = -1;
  if (key_type == kGroupKey && found.key.empty()) {
    found.error_code = KafkaError::kInvalidGroupId;
    found.error_message = "a group id must not be empty";
  } else if (key_type == kTransactionKey && found.key.empty()) {
    found.error_code = KafkaError::kInvalidRequest;
    found.error_message = "a transactional id must not be empty";
  } else if (key_type == kGroupKey || key_type == kTransactionKey) {
    found.node_id = kNodeId;
    found.host = context.advertised.host;
    found.port = context.advertised.port;
  } else {
    found.error_code = KafkaError::kInvalidRequest;
    found.error_message = "there is no coordinator of key type " + std::to_string(key_type);
  }
  return found;
}

void handle(Core&, const RequestContext& context, wire::FindCoordinatorRequest request,
            Reply<Response> reply) {
  Response response;
  if (context.version >= kFirstBatched) {
    for (std::string& key : request.coordinator_keys) {
      response.coordinators.push_back(find(context, request.key_type, std::move(key)));
    }
  } else {
    Response::Coordinator found = find(context, request.key_type, std::move(request.key));
    response.error_code = found.error_code;
    response.error_message = std::move(found.error_message);
    response.node_id = found.node_id;
    response.host = std::move(found.host);
    response.port = found.port;
  }
  reply(response);
}

}  // namespace

ApiHandler find_coordinator() {
  return handler_of<wire::FindCoordinatorApi, handle>();
}

}  // namespace daybook::broker::apis
