// AlterConfigs: replaces what is set, of topics and of this node. Each resource succeeds or fails
// alone.

#include "wire/apis/cluster/alter_configs.h"

#include <memory>
#include <utility>

#include "broker/api_handler.h"
#include "broker/limits.h"
#include "broker/pending_answer.h"
#include "broker/settings/config_change.h"

namespace daybook::broker::apis {
namespace {

using Request = wire::AlterConfigsRequest;
using Response = wire::AlterConfigsResponse;

void handle(Core& core, const RequestContext&, Request request, Reply<Response> reply) {
  if (request.resources.size() > kMaxTopicsPerRequest) {
    reply.refuse("a request to configure " + std::to_string(request.resources.size()) +
                 " resources; at most " + std::to_string(kMaxTopicsPerRequest) +
                 " are taken at once");
    return;
  }
  const auto pending = std::make_shared<PendingAnswer<Response>>(std::move(reply));
  std::vector<ConfigChanges> all;
  for (auto& resource : request.resources) {
    pending->response.responses.push_back(
        {wire::KafkaError::kNone, std::nullopt, resource.resource_type, resource.resource_name});
    ConfigChanges& changes = all.emplace_back();
    changes.resource_type = resource.resource_type;
    changes.resource_name = std::move(resource.resource_name);
    changes.replace_all = true;
    for (auto& config : resource.configs) {
      changes.changes.push_back(
          {std::move(config.name), wire::ConfigOperation::kSet, std::move(config.value)});
    }
    pending->begin_one();
  }
  change_all_configs(core, std::move(all), request.validate_only,
                     [pending](std::size_t at, ConfigOutcome outcome) {
                       Response::Result& answer = pending->response.responses[at];
                       answer.error_code = outcome.error;
                       if (!outcome.message.empty()) answer.error_message = outcome.message;
                       pending->finish_one();
                     });
  pending->finish_one();
}

}  // namespace

ApiHandler alter_configs() {
  return handler_of<wire::AlterConfigsApi, handle>();
}

}  // namespace daybook::broker::apis
