// ApiVersions: what is offered, which is exactly what there are handlers for.

#include "wire/apis/cluster/api_versions.h"

#include "broker/api_handler.h"

namespace daybook::broker::apis {
namespace {

void handle(Core&, const RequestContext&, wire::ApiVersionsRequest,
            Reply<wire::ApiVersionsResponse> reply) {
  wire::ApiVersionsResponse response;
  for (const ApiHandler& handler : all_handlers()) {
    const wire::ApiInfo* info = wire::find_api(handler.key);
    response.api_keys.push_back({info->key.value, info->advertised.first, info->advertised.last});
  }
  reply(response);
}

}  // namespace

ApiHandler api_versions() {
  return handler_of<wire::ApiVersionsApi, handle>();
}

}  // namespace daybook::broker::apis
