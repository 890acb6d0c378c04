// DescribeConfigs: of topics, of this node, and of consumer groups. Of loggers and client metrics
// nothing can be set, and an empty answer says so.

#include "wire/apis/cluster/describe_configs.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "broker/api_handler.h"
#include "broker/apis/describe_configs/broker_config.h"
#include "broker/settings/broker_settings.h"
#include "broker/settings/config_change.h"
#include "broker/settings/config_text.h"
#include "broker/settings/group_configs.h"
#include "broker/topics/topics.h"

namespace daybook::broker::apis {
namespace {

using Request = wire::DescribeConfigsRequest;
using Response = wire::DescribeConfigsResponse;

bool is_asked_for(const Request::Resource& resource, std::string_view name) {
  return !resource.configuration_keys || std::ranges::find(*resource.configuration_keys, name) !=
                                             resource.configuration_keys->end();
}

// `values`: what holds, and what would hold without it.
Response::Config describe(const Request& request, const ConfigDefinition& definition,
                          std::vector<Response::Synonym> values) {
  Response::Config config;
  config.name = definition.name;
  config.value = values.front().value;
  config.config_source = values.front().source;
  config.config_type = static_cast<std::int8_t>(definition.type);
  if (request.include_synonyms) config.synonyms = std::move(values);
  if (request.include_documentation) config.documentation = documentation_of(definition.name);
  return config;
}

Response::Synonym synonym(std::string_view name, std::string_view value, ConfigSource source) {
  return {std::string(name), std::string(value), static_cast<std::int8_t>(source)};
}

// What is set for the node, and the default.
void add_nodes_values(const Core& core, std::string_view name,
                      std::vector<Response::Synonym>& values) {
  for (const auto& each : core.broker_settings.values(name)) {
    values.push_back(synonym(name, each.value, each.source));
  }
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
    std::vector<Response::Synonym> values;
    const auto set = topic->config.find(std::string(definition.name));
    if (set != topic->config.end()) {
      values.push_back(synonym(definition.name, set->second, ConfigSource::kTopic));
    }
    if (const std::string_view name = broker_name_of(definition.name); !name.empty()) {
      add_nodes_values(core, name, values);
    } else {
      values.push_back(synonym(definition.name, definition.default_value, ConfigSource::kDefault));
    }
    answer.configs.push_back(describe(request, definition, std::move(values)));
  }
}

void describe_node(Core& core, const RequestContext& context, const Request& request,
                   const Request::Resource& resource, Response::Result& answer) {
  const std::string& node = resource.resource_name;
  if (!node.empty() && node != std::to_string(kNodeId)) {
    answer.error_code = KafkaError::kInvalidRequest;
    answer.error_message = "there is no node " + node + ", only node " + std::to_string(kNodeId);
    return;
  }
  for (const ConfigDefinition& definition : core.broker_settings.definitions()) {
    if (!is_asked_for(resource, definition.name)) continue;
    std::vector<Response::Synonym> values;
    add_nodes_values(core, definition.name, values);
    // Without a node's name: what was set for every node, as Apache Kafka answers.
    const auto source = static_cast<std::int8_t>(ConfigSource::kEveryNode);
    if (node.empty())
      std::erase_if(values, [&](const auto& each) { return each.source != source; });
    if (!values.empty()) answer.configs.push_back(describe(request, definition, std::move(values)));
  }
  if (node.empty()) return;
  for (const BrokerConfig& each : broker_configs(core, context.advertised)) {
    if (!is_asked_for(resource, each.name)) continue;
    answer.configs.push_back(describe(request, {each.name, each.type, each.value},
                                      {synonym(each.name, each.value, ConfigSource::kStart)}));
    answer.configs.back().read_only = true;
  }
  std::ranges::sort(answer.configs, {}, &Response::Config::name);
}

// Of a group that need not exist.
void describe_group(const Core& core, const Request& request, const Request::Resource& resource,
                    Response::Result& answer) {
  if (resource.resource_name.empty()) {
    answer.error_code = KafkaError::kInvalidRequest;
    answer.error_message = "a group's id must not be empty";
    return;
  }
  const Config set = core.group_configs.config(resource.resource_name);
  for (const ConfigDefinition& definition : GroupConfigs::definitions()) {
    if (!is_asked_for(resource, definition.name)) continue;
    std::vector<Response::Synonym> values;
    if (const auto own = set.find(std::string(definition.name)); own != set.end()) {
      values.push_back(synonym(definition.name, own->second, ConfigSource::kGroup));
    }
    values.push_back(synonym("group." + std::string(definition.name), definition.default_value,
                             ConfigSource::kDefault));
    answer.configs.push_back(describe(request, definition, std::move(values)));
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
      describe_node(core, context, request, resource, answer);
    } else if (resource.resource_type == kGroupResource) {
      describe_group(core, request, resource, answer);
    } else if (resource.resource_type != kLoggerResource &&
               resource.resource_type != kClientMetricsResource) {
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
