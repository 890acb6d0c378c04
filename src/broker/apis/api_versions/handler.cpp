// ApiVersions: what is offered, which is exactly what there are handlers for, and the features of
// the cluster.

#include "wire/apis/cluster/api_versions.h"

#include "broker/api_handler.h"
#include "broker/features.h"

namespace daybook::broker::apis {
namespace {

// Before this version a client takes a feature that begins at 0 for a broken answer.
constexpr std::int16_t kFirstWithLevel0 = 4;

void handle(Core&, const RequestContext& context, wire::ApiVersionsRequest,
            Reply<wire::ApiVersionsResponse> reply) {
  wire::ApiVersionsResponse response;
  for (const ApiHandler& handler : all_handlers()) {
    const wire::ApiInfo* info = wire::find_api(handler.key);
    response.api_keys.push_back({info->key.value, info->advertised.first, info->advertised.last});
  }
  for (const Feature& feature : features()) {
    const std::string name(feature.name);
    const auto least =
        context.version < kFirstWithLevel0 && feature.least == 0 ? std::int16_t{1} : feature.least;
    response.supported_features.push_back({name, least, feature.most});
    if (feature.level > 0) {
      response.finalized_features.push_back({name, feature.level, feature.level});
    }
  }
  response.finalized_features_epoch = 0;  // they do not change while the server runs
  reply(response);
}

}  // namespace

ApiHandler api_versions() {
  return handler_of<wire::ApiVersionsApi, handle>();
}

}  // namespace daybook::broker::apis
