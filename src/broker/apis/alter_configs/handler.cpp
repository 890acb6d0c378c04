// AlterConfigs: replaces what is set, of topics and of this node. Each resource succeeds or fails
// alone.

#include "wire/apis/cluster/alter_configs.h"

#include <utility>

#include "broker/api_handler.h"
#include "broker/settings/config_request.h"

namespace daybook::broker::apis {
namespace {

using Request = wire::AlterConfigsRequest;
using Response = wire::AlterConfigsResponse;

ConfigChanges changes_of(Request::Resource& resource) {
  ConfigChanges changes;
  changes.replace_all = true;
  for (auto& config : resource.configs) {
    changes.changes.push_back(
        {std::move(config.name), wire::ConfigOperation::kSet, std::move(config.value)});
  }
  return changes;
}

void handle(Core& core, const RequestContext&, Request request, Reply<Response> reply) {
  change_configs_of(core, request, std::move(reply), changes_of);
}

}  // namespace

ApiHandler alter_configs() {
  return handler_of<wire::AlterConfigsApi, handle>();
}

}  // namespace daybook::broker::apis
