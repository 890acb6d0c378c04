// The configuration of a topic: Kafka's names, types and defaults. What clients set is kept as it
// was said and shown by DescribeConfigs; TopicSettings is the part that the broker acts on today.
// docs/broker.md lists what is stored but has no effect yet.
//
// Threads: any; nothing here changes.

#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "log/config.h"

namespace daybook::broker {

using Config = std::map<std::string, std::string>;

// As the protocol numbers them.
enum class ConfigType : std::int8_t {
  kBoolean = 1,
  kString = 2,
  kInt = 3,
  kShort = 4,
  kLong = 5,
  kDouble = 6,
  kList = 7,
};

struct ConfigDefinition {
  std::string_view name;
  ConfigType type;
  std::string_view default_value;
  std::int64_t least = 0;         // of a number
  std::int64_t most = 0;          // of a number
  std::string_view choices = {};  // "a|b": what it, or each item of a list, may be; empty: anything
};

// All of them, ordered by name.
std::span<const ConfigDefinition> topic_config_definitions();

// Null: no topic configuration has that name.
const ConfigDefinition* find_topic_config(std::string_view name);

// kInvalid, naming the configuration, what was found and what is expected.
Status check_value(const ConfigDefinition& definition, std::string_view value);

// Success if each name is known and each value fits. kInvalid, naming the configuration, what was
// found and what is expected.
Status check_topic_config(const Config& config);

struct TopicSettings {
  log::PartitionConfig log;
  std::size_t max_batch_bytes = 0;  // max.message.bytes
  bool compacted = false;           // cleanup.policy: every record needs a key
  bool log_append_time = false;     // message.timestamp.type
};

// `config` has passed check_topic_config().
TopicSettings topic_settings(const Config& config);

// Letters, digits, '.', '_' and '-'; not "." or ".."; at most kMaxTopicNameLength. kInvalid, with
// the reason.
Status check_topic_name(std::string_view name);

}  // namespace daybook::broker
