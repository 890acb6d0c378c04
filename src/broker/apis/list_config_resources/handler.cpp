// ListConfigResources: the topics, the node, and the groups for which something is set. Client
// metrics, which version 0 asks for, and loggers have no configurations here.

#include "wire/apis/cluster/list_config_resources.h"

#include <algorithm>
#include <string>
#include <utility>

#include "broker/api_handler.h"
#include "broker/settings/config_change.h"
#include "broker/settings/group_configs.h"
#include "broker/topics/topics.h"

namespace daybook::broker::apis {
namespace {

using Response = wire::ListConfigResourcesResponse;

constexpr std::int16_t kFirstWithTypes = 1;

constexpr std::int8_t kKnown[] = {kTopicResource, kBrokerResource, kLoggerResource,
                                  kClientMetricsResource, kGroupResource};

void list(const Core& core, std::int8_t type, Response& response) {
  const auto add = [&](std::string name) {
    response.config_resources.push_back({std::move(name), type});
  };
  if (type == kTopicResource) {
    for (const TopicPtr& topic : core.topics.all()) add(topic->name);
  } else if (type == kBrokerResource) {
    add(std::to_string(kNodeId));
  } else if (type == kGroupResource) {
    for (std::string& group : core.group_configs.groups()) add(std::move(group));
  }
}

void handle(Core& core, const RequestContext& context, wire::ListConfigResourcesRequest request,
            Reply<Response> reply) {
  Response response;
  auto& types = request.resource_types;
  if (context.version < kFirstWithTypes) types = {kClientMetricsResource};
  if (types.empty()) types.assign(std::begin(kKnown), std::end(kKnown));
  std::ranges::sort(types);
  const auto rest = std::ranges::unique(types);
  types.erase(rest.begin(), rest.end());
  for (const std::int8_t type : types) {
    if (std::ranges::find(kKnown, type) == std::end(kKnown)) {
      response.config_resources.clear();
      response.error_code = KafkaError::kUnsupportedVersion;
      break;
    }
    list(core, type, response);
  }
  reply(response);
}

}  // namespace

ApiHandler list_config_resources() {
  return handler_of<wire::ListConfigResourcesApi, handle>();
}

}  // namespace daybook::broker::apis
