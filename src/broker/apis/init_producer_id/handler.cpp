// InitProducerId: an id for an idempotent producer.

#include "wire/apis/transactions/init_producer_id.h"

#include "base/report.h"
#include "broker/api_handler.h"
#include "broker/producer_ids.h"

namespace daybook::broker::apis {
namespace {

using Response = wire::InitProducerIdResponse;
using wire::KafkaError;

void handle(Core& core, const RequestContext&, wire::InitProducerIdRequest request,
            Reply<Response> reply) {
  Response response;
  if (request.transactional_id) {
    // Transactions are not offered: FindCoordinator has told why.
    response.error_code = KafkaError::kInvalidRequest;
    reply(response);
    return;
  }
  // As in Apache Kafka, an idempotent producer that starts over gets a new id: its old one is known
  // to the partitions alone.
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

}  // namespace

ApiHandler init_producer_id() {
  return handler_of<wire::InitProducerIdApi, handle>();
}

}  // namespace daybook::broker::apis
