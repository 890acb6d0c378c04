// DescribeConfigs: of topics, and of this node.

#include "wire/apis/cluster/describe_configs.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "broker/api_handler.h"
#include "broker/apis/describe_configs/broker_config.h"
#include "broker/topics/topics.h"

namespace daybook::broker::apis {
namespace {

using Request = wire::DescribeConfigsRequest;
using Response = wire::DescribeConfigsResponse;

constexpr std::int8_t kTopicResource = 2;
constexpr std::int8_t kBrokerResource = 4;
constexpr std::int8_t kSetForTheTopic = 1;
constexpr std::int8_t kStaticSource = 4;
constexpr std::int8_t kDefaultSource = 5;

bool is_asked_for(const Request::Resource& resource, std::string_view name) {
  return !resource.configuration_keys || std::ranges::find(*resource.configuration_keys, name) !=
                                             resource.configuration_keys->end();
}

Response::Config config(std::string_view name, std::string value, std::int8_t source,
                        ConfigType type) {
  Response::Config config;
  config.name = name;
  config.value = std::move(value);
  config.config_source = source;
  config.config_type = static_cast<std::int8_t>(type);
  return config;
}

void describe_topic(Core& core, const Request& request, const Request::Resource& resource,
                    Response::Result& answer) {
  const TopicPtr topic = core.topics.find(resource.resource_name);
  if (topic == nullptr) {
    answer.error_code = KafkaError::kUnknownTopicOrPartition;
    answer.error_message = "no topic is named '" + resource.resource_name + "'";
    return;
  }
  for (const ConfigDefinition& definition : topic_config_definitions()) {
    if (!is_asked_for(resource, definition.name)) continue;
    const std::string default_value(definition.default_value);
    const auto set = topic->config.find(std::string(definition.name));
    const bool is_set = set != topic->config.end();
    Response::Config& described = answer.configs.emplace_back(
        config(definition.name, is_set ? set->second : default_value,
               is_set ? kSetForTheTopic : kDefaultSource, definition.type));
    if (!request.include_synonyms) continue;
    if (is_set) described.synonyms.push_back({described.name, described.value, kSetForTheTopic});
    described.synonyms.push_back({described.name, default_value, kDefaultSource});
  }
}

void describe_broker(Core& core, const RequestContext& context, const Request::Resource& resource,
                     Response::Result& answer) {
  if (!resource.resource_name.empty() && resource.resource_name != std::to_string(kNodeId)) {
    answer.error_code = KafkaError::kInvalidRequest;
    answer.error_message =
        "there is no node " + resource.resource_name + ", only node " + std::to_string(kNodeId);
    return;
  }
  for (BrokerConfig& each : broker_configs(core, context.advertised)) {
    if (!is_asked_for(resource, each.name)) continue;
    answer.configs.push_back(config(each.name, std::move(each.value), kStaticSource, each.type));
    answer.configs.back().read_only = true;
  }
}

void handle(Core& core, const RequestContext& context, Request request, Reply<Response> reply) {
  Response response;
  // Named twice is described once: a description is large, and a name is not.
  std::set<std::pair<std::int8_t, std::string_view>> seen;
  for (const Request::Resource& resource : request.resources) {
    if (!seen.emplace(resource.resource_type, resource.resource_name).second) continue;
    Response::Result& answer = response.results.emplace_back();
    answer.resource_type = resource.resource_type;
    answer.resource_name = resource.resource_name;
    if (resource.resource_type == kTopicResource) {
      describe_topic(core, request, resource, answer);
    } else if (resource.resource_type == kBrokerResource) {
      describe_broker(core, context, resource, answer);
    } else {
      answer.error_code = KafkaError::kInvalidRequest;
      answer.error_message = "configurations of resource type " +
                             std::to_string(resource.resource_type) + " are not offered";
    }
  }
  reply(response);
}

}  // namespace

ApiHandler describe_configs() {
  return handler_of<wire::DescribeConfigsApi, handle>();
}

}  // namespace daybook::broker::apis
