// A change of configurations as AlterConfigs and IncrementalAlterConfigs ask for it, of a topic, of
// the node or of a consumer group: checked, made durable, and then in effect.
//
// Threads: any; the answer comes on the caller's or on another.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "broker/core.h"
#include "wire/apis/cluster/incremental_alter_configs.h"
#include "wire/error_code.h"

namespace daybook::broker {

inline constexpr std::int8_t kTopicResource = 2;
inline constexpr std::int8_t kBrokerResource = 4;
inline constexpr std::int8_t kLoggerResource = 8;          // of the node: it has none
inline constexpr std::int8_t kClientMetricsResource = 16;  // there are none
inline constexpr std::int8_t kGroupResource = 32;

struct ConfigChange {
  std::string name;
  wire::ConfigOperation operation = wire::ConfigOperation::kSet;
  std::optional<std::string> value;
};

struct ConfigChanges {
  std::int8_t resource_type = 0;
  std::string resource_name;
  bool replace_all = false;  // what is not named goes back to its default
  std::vector<ConfigChange> changes;
};

struct ConfigOutcome {
  wire::KafkaError error = wire::KafkaError::kNone;
  std::string message;
};

// `done` is called once: with `validate_only`, before this returns and without a change.
void change_configs(Core& core, ConfigChanges changes, bool validate_only,
                    std::move_only_function<void(ConfigOutcome)> done);

// Several resources of one request: for each, answers its place among `all` and the outcome. A
// resource that is named more than once is refused each time.
void change_all_configs(Core& core, std::vector<ConfigChanges> all, bool validate_only,
                        const std::function<void(std::size_t, ConfigOutcome)>& done);

}  // namespace daybook::broker
