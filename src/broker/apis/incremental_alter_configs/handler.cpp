// IncrementalAlterConfigs: changes single configurations, of topics and of this node. Each resource
// succeeds or fails alone.

#include "wire/apis/cluster/incremental_alter_configs.h"

#include <utility>

#include "broker/api_handler.h"
#include "broker/settings/config_request.h"

namespace daybook::broker::apis {
namespace {

using Request = wire::IncrementalAlterConfigsRequest;
using Response = wire::IncrementalAlterConfigsResponse;

ConfigChanges changes_of(Request::Resource& resource) {
  ConfigChanges changes;
  for (auto& config : resource.configs) {
    changes.changes.push_back(
        {std::move(config.name), config.config_operation, std::move(config.value)});
  }
  return changes;
}

void handle(Core& core, const RequestContext&, Request request, Reply<Response> reply) {
  change_configs_of(core, request, std::move(reply), changes_of);
}

}  // namespace

ApiHandler incremental_alter_configs() {
  return handler_of<wire::IncrementalAlterConfigsApi, handle>();
}

}  // namespace daybook::broker::apis
