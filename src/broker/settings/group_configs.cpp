#include "broker/settings/group_configs.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <ranges>
#include <utility>

#include "broker/decisions.h"
#include "broker/limits.h"

namespace daybook::broker {
namespace {

constexpr std::string_view kHeartbeat = "consumer.heartbeat.interval.ms";
constexpr std::string_view kSession = "consumer.session.timeout.ms";

constexpr std::string_view kStreamsHeartbeat = "streams.heartbeat.interval.ms";
constexpr std::string_view kStandbyReplicas = "streams.num.standby.replicas";
constexpr std::string_view kStreamsSession = "streams.session.timeout.ms";

constexpr std::array kDefinitions = std::to_array<ConfigDefinition>({
    {kHeartbeat, ConfigType::kInt, "5000", kLeastConsumerHeartbeat.count(),
     kMostConsumerHeartbeat.count()},
    {kSession, ConfigType::kInt, "45000", kLeastConsumerSession.count(),
     kMostConsumerSession.count()},
    {kStreamsHeartbeat, ConfigType::kInt, "5000", kLeastStreamsHeartbeat.count(),
     kMostStreamsHeartbeat.count()},
    {kStandbyReplicas, ConfigType::kInt, "0", 0, kMostStandbyReplicas},
    {kStreamsSession, ConfigType::kInt, "45000", kLeastStreamsSession.count(),
     kMostStreamsSession.count()},
});

std::int64_t number_in(const Config& config, std::string_view name) {
  const auto set = config.find(std::string(name));
  const std::string_view text =
      set == config.end() ? GroupConfigs::find(name)->default_value : set->second;
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

GroupConfigs::GroupConfigs(catalog::GroupConfigs stored, Decisions& decisions)
    : decisions_(decisions), set_(std::move(stored)) {}

std::span<const ConfigDefinition> GroupConfigs::definitions() {
  return kDefinitions;
}

const ConfigDefinition* GroupConfigs::find(std::string_view name) {
  const auto found = std::ranges::find(kDefinitions, name, &ConfigDefinition::name);
  return found == kDefinitions.end() ? nullptr : &*found;
}

Config GroupConfigs::config(const std::string& group) const {
  const std::lock_guard lock(mutex_);
  const auto found = set_.find(group);
  return found == set_.end() ? Config() : found->second;
}

std::vector<std::string> GroupConfigs::groups() const {
  const std::lock_guard lock(mutex_);
  const auto names = set_ | std::views::keys;
  return {names.begin(), names.end()};
}

ConsumerGroupSettings GroupConfigs::settings_of(const std::string& group) const {
  const Config set = config(group);
  ConsumerGroupSettings settings;
  settings.session_timeout = std::chrono::milliseconds(number_in(set, kSession));
  settings.heartbeat_interval = std::chrono::milliseconds(number_in(set, kHeartbeat));
  return settings;
}

StreamsGroupSettings GroupConfigs::streams_settings_of(const std::string& group) const {
  const Config set = config(group);
  StreamsGroupSettings settings;
  settings.session_timeout = std::chrono::milliseconds(number_in(set, kStreamsSession));
  settings.heartbeat_interval = std::chrono::milliseconds(number_in(set, kStreamsHeartbeat));
  settings.standby_replicas = static_cast<std::int32_t>(number_in(set, kStandbyReplicas));
  return settings;
}

Status GroupConfigs::set(const std::string& group, Config config) {
  {
    const std::lock_guard lock(mutex_);
    if (!config.empty() && !set_.contains(group) && set_.size() >= kMaxConfiguredGroups) {
      return fail(ErrorCode::kInvalid, "something is set for " + std::to_string(set_.size()) +
                                           " groups already, and for more it cannot be; "
                                           "delete what is set for one of them");
    }
  }
  DAYBOOK_TRY_VOID(decisions_.decide_and_wait(
      [&](catalog::Catalog& catalog) { return catalog.set_group_config(group, config); }));
  const std::lock_guard lock(mutex_);
  if (config.empty()) {
    set_.erase(group);
  } else {
    set_[group] = std::move(config);
  }
  return {};
}

}  // namespace daybook::broker
