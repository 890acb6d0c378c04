#include "broker/settings/config_change.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "base/report.h"
#include "broker/limits.h"
#include "broker/settings/broker_settings.h"
#include "broker/settings/group_configs.h"
#include "broker/topics/topics.h"

namespace daybook::broker {
namespace {

using wire::ConfigOperation;
using wire::KafkaError;

using Done = std::move_only_function<void(ConfigOutcome)>;
using FindDefinition = std::function<const ConfigDefinition*(std::string_view)>;

ConfigOutcome outcome_of(const Status& status) {
  if (status) return {};
  const Error& error = status.error();
  switch (error.code) {
    case ErrorCode::kInvalid:
      return {KafkaError::kInvalidConfig, error.message};
    case ErrorCode::kNotFound:
      return {KafkaError::kUnknownTopicOrPartition, error.message};
    case ErrorCode::kCancelled:
      return {KafkaError::kCoordinatorNotAvailable, error.message};
    default:
      report(Severity::kError, "broker", "could not change a configuration: " + error.message);
      return {KafkaError::kKafkaStorageError, error.message};
  }
}

// What cannot be a change of anything.
ConfigOutcome check_form(const ConfigChanges& changes) {
  std::set<std::string_view> names;
  for (const ConfigChange& change : changes.changes) {
    if (!names.insert(change.name).second) {
      return {KafkaError::kInvalidRequest, "the request names " + change.name + " more than once"};
    }
    if (change.operation < ConfigOperation::kSet || change.operation > ConfigOperation::kSubtract) {
      return {KafkaError::kInvalidRequest, "operation " +
                                               std::to_string(static_cast<int>(change.operation)) +
                                               " on " + change.name + " is unknown"};
    }
    if (!change.value && change.operation != ConfigOperation::kDelete) {
      return {KafkaError::kInvalidRequest, "configuration " + change.name + " has no value"};
    }
  }
  return {};
}

std::vector<std::string_view> items_of(std::string_view list) {
  std::vector<std::string_view> items;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    if (end > 0) items.push_back(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return items;
}

std::string change_list(std::string_view before, const ConfigChange& change) {
  std::vector<std::string_view> items = items_of(before);
  for (const std::string_view item : items_of(*change.value)) {
    if (change.operation == ConfigOperation::kSubtract) {
      std::erase(items, item);
    } else if (std::ranges::find(items, item) == items.end()) {
      items.push_back(item);
    }
  }
  std::string list;
  for (const std::string_view item : items) list += (list.empty() ? "" : ",") + std::string(item);
  return list;
}

Result<Config> changed(const Config& current, const ConfigChanges& changes,
                       const FindDefinition& find) {
  Config config = changes.replace_all ? Config() : current;
  for (const ConfigChange& change : changes.changes) {
    // Whatever its name: a copy of another log's configurations deletes all that are the default
    // there, also those that are unknown here.
    if (change.operation == ConfigOperation::kDelete) {
      config.erase(change.name);
      continue;
    }
    const ConfigDefinition* definition = find(change.name);
    if (definition == nullptr) {
      return fail(ErrorCode::kInvalid,
                  "no configuration that can be changed is named '" + change.name + "'");
    }
    const auto found = config.find(change.name);
    std::string value = change.value.value_or("");
    if (change.operation != ConfigOperation::kSet) {
      if (definition->type != ConfigType::kList) {
        return fail(ErrorCode::kInvalid, change.name +
                                             " is not a list: nothing can be appended "
                                             "to it or subtracted from it");
      }
      value =
          change_list(found == config.end() ? definition->default_value : found->second, change);
    }
    DAYBOOK_TRY_VOID(check_value(*definition, value));
    config.insert_or_assign(change.name, std::move(value));
  }
  return config;
}

void change_topic(Core& core, ConfigChanges changes, bool validate_only, Done done) {
  const TopicPtr topic = core.topics.find(changes.resource_name);
  if (topic == nullptr) {
    done({KafkaError::kUnknownTopicOrPartition,
          "no topic is named '" + changes.resource_name + "'"});
    return;
  }
  const auto possible = changed(topic->config, changes, find_topic_config);
  if (!possible || validate_only) {
    done(possible ? ConfigOutcome() : outcome_of(std::unexpected(possible.error())));
    return;
  }
  // Once more when its turn has come: others may have changed it meanwhile.
  core.topics.configure(
      topic->id,
      [changes = std::move(changes)](const Config& current) {
        return changed(current, changes, find_topic_config);
      },
      [done = std::move(done)](const Status& status) mutable { done(outcome_of(status)); });
}

void change_node(Core& core, ConfigChanges changes, bool validate_only, Done done) {
  BrokerSettings& settings = core.broker_settings;
  const std::string scope = changes.resource_name;
  if (!scope.empty() && scope != std::to_string(kNodeId)) {
    done({KafkaError::kInvalidRequest,
          "there is no node " + scope + ", only node " + std::to_string(kNodeId)});
    return;
  }
  const auto make = [&settings, changes = std::move(changes)] {
    return changed(settings.config(changes.resource_name), changes,
                   [&](std::string_view name) { return settings.find(name); });
  };
  const auto possible = make();
  if (!possible || validate_only) {
    done(possible ? ConfigOutcome() : outcome_of(std::unexpected(possible.error())));
    return;
  }
  core.topics.set_defaults(
      [&settings, make, scope]() -> Result<Config> {
        DAYBOOK_TRY(Config config, make());
        DAYBOOK_TRY_VOID(settings.set(scope, std::move(config)));
        return settings.topic_defaults();
      },
      [done = std::move(done)](const Status& status) mutable { done(outcome_of(status)); });
}

void change_group(Core& core, ConfigChanges changes, bool validate_only, Done done) {
  const std::string group = changes.resource_name;
  if (group.empty() || group.size() > kMaxConfiguredGroupIdBytes) {
    done({KafkaError::kInvalidRequest, "a group's id has 1 to " +
                                           std::to_string(kMaxConfiguredGroupIdBytes) +
                                           " bytes here, not " + std::to_string(group.size())});
    return;
  }
  GroupConfigs& configs = core.group_configs;
  const auto make = [&configs, changes = std::move(changes)] {
    return changed(configs.config(changes.resource_name), changes, GroupConfigs::find);
  };
  const auto possible = make();
  if (!possible || validate_only) {
    done(possible ? ConfigOutcome() : outcome_of(std::unexpected(possible.error())));
    return;
  }
  core.topics.run([&configs, make, group, done = std::move(done)]() mutable {
    auto config = make();
    const Status set =
        config ? configs.set(group, *std::move(config)) : Status(std::unexpected(config.error()));
    done(outcome_of(set));
  });
}

}  // namespace

void change_configs(Core& core, ConfigChanges changes, bool validate_only, Done done) {
  ConfigOutcome fault = check_form(changes);
  if (fault.error != KafkaError::kNone) {
    done(std::move(fault));
  } else if (changes.resource_type == kTopicResource) {
    change_topic(core, std::move(changes), validate_only, std::move(done));
  } else if (changes.resource_type == kBrokerResource) {
    change_node(core, std::move(changes), validate_only, std::move(done));
  } else if (changes.resource_type == kGroupResource) {
    change_group(core, std::move(changes), validate_only, std::move(done));
  } else {
    done({KafkaError::kInvalidRequest, "configurations of resource type " +
                                           std::to_string(changes.resource_type) +
                                           " are not offered"});
  }
}

void change_all_configs(Core& core, std::vector<ConfigChanges> all, bool validate_only,
                        const std::function<void(std::size_t, ConfigOutcome)>& done) {
  std::multiset<std::pair<std::int8_t, std::string>> named;
  for (const ConfigChanges& each : all) named.emplace(each.resource_type, each.resource_name);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (named.count({all[i].resource_type, all[i].resource_name}) > 1) {
      done(i, {KafkaError::kInvalidRequest,
               "the request names '" + all[i].resource_name + "' more than once"});
      continue;
    }
    change_configs(core, std::move(all[i]), validate_only,
                   [done, i](ConfigOutcome outcome) { done(i, std::move(outcome)); });
  }
}

}  // namespace daybook::broker
