#include "broker/settings/broker_settings.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

#include "broker/core.h"
#include "broker/decisions.h"
#include "broker/limits.h"
#include "broker/settings/config_text.h"

namespace daybook::broker {
namespace {

using enum ConfigType;

constexpr std::int64_t kMaxInt = std::numeric_limits<std::int32_t>::max();

constexpr std::string_view kAutoCreate = "auto.create.topics.enable";
constexpr std::string_view kPartitions = "num.partitions";
constexpr std::string_view kConnections = "max.connections";
constexpr std::string_view kConnectionsPerIp = "max.connections.per.ip";

// The scopes, the one that goes first first.
const std::pair<std::string, ConfigSource> kScopes[] = {
    {std::to_string(kNodeId), ConfigSource::kThisNode}, {"", ConfigSource::kEveryNode}};

std::vector<ConfigDefinition> all_definitions() {
  static const std::string kMostConnections = std::to_string(kMaxConnections);
  std::vector<ConfigDefinition> all = {
      {kAutoCreate, kBoolean, "true"},
      {kPartitions, kInt, "1", 1, kMaxPartitionsPerTopic},
      {kConnections, kInt, kMostConnections, 0, kMaxConnections},
      {kConnectionsPerIp, kInt, "2147483647", 0, kMaxInt},
  };
  for (ConfigDefinition topics : topic_config_definitions()) {
    topics.name = broker_name_of(topics.name);
    if (!topics.name.empty()) all.push_back(topics);
  }
  std::ranges::sort(all, {}, &ConfigDefinition::name);
  return all;
}

}  // namespace

BrokerSettings::BrokerSettings(Config started_with, catalog::BrokerConfigs stored,
                               Decisions& decisions)
    : decisions_(decisions), started_with_(std::move(started_with)), set_(std::move(stored)) {}

std::span<const ConfigDefinition> BrokerSettings::definitions() {
  static const std::vector<ConfigDefinition> kAll = all_definitions();
  return kAll;
}

bool BrokerSettings::auto_create_topics() const {
  return value(kAutoCreate) == "true";
}

std::int32_t BrokerSettings::default_partitions() const {
  return static_cast<std::int32_t>(number(kPartitions));
}

std::size_t BrokerSettings::max_connections() const {
  return static_cast<std::size_t>(number(kConnections));
}

std::size_t BrokerSettings::max_connections_per_ip() const {
  return static_cast<std::size_t>(number(kConnectionsPerIp));
}

Config BrokerSettings::topic_defaults() const {
  Config defaults;
  for (const ConfigDefinition& topics : topic_config_definitions()) {
    const std::string_view name = broker_name_of(topics.name);
    if (name.empty()) continue;
    if (const auto found = values(name); found.front().source != ConfigSource::kDefault) {
      defaults.emplace(topics.name, found.front().value);
    }
  }
  return defaults;
}

const ConfigDefinition* BrokerSettings::find(std::string_view name) {
  const auto all = definitions();
  const auto found = std::ranges::lower_bound(all, name, {}, &ConfigDefinition::name);
  return found == all.end() || found->name != name ? nullptr : &*found;
}

Config BrokerSettings::config(const std::string& scope) const {
  const std::lock_guard lock(mutex_);
  const auto found = set_.find(scope);
  return found == set_.end() ? Config() : found->second;
}

std::vector<BrokerSettings::Value> BrokerSettings::values(std::string_view name) const {
  const ConfigDefinition* definition = find(name);
  if (definition == nullptr) return {};
  std::vector<Value> values;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [scope, source] : kScopes) {
      const auto of_scope = set_.find(scope);
      if (of_scope == set_.end()) continue;
      const auto found = of_scope->second.find(std::string(name));
      if (found != of_scope->second.end()) values.push_back({found->second, source});
    }
  }
  if (const auto started = started_with_.find(std::string(name)); started != started_with_.end()) {
    values.push_back({started->second, ConfigSource::kStart});
  }
  values.push_back({std::string(definition->default_value), ConfigSource::kDefault});
  return values;
}

Status BrokerSettings::check(const Config& config) {
  for (const auto& [name, value] : config) {
    const ConfigDefinition* definition = find(name);
    if (definition == nullptr) {
      return fail(ErrorCode::kInvalid,
                  "no configuration of the node that can be changed is named '" + name + "'");
    }
    DAYBOOK_TRY_VOID(check_value(*definition, value));
  }
  return {};
}

Status BrokerSettings::set(const std::string& scope, Config config) {
  DAYBOOK_TRY_VOID(check(config));
  DAYBOOK_TRY_VOID(decisions_.decide_and_wait(
      [&](catalog::Catalog& catalog) { return catalog.set_broker_config(scope, config); }));
  const std::lock_guard lock(mutex_);
  set_[scope] = std::move(config);
  return {};
}

std::string BrokerSettings::value(std::string_view name) const {
  return values(name).front().value;
}

std::int64_t BrokerSettings::number(std::string_view name) const {
  const std::string text = value(name);
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace daybook::broker
