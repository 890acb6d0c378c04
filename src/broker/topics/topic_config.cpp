#include "broker/topics/topic_config.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <limits>

#include "broker/limits.h"

namespace daybook::broker {
namespace {

constexpr std::int64_t kMaxInt = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kMaxLong = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kLongestDeleteRetentionMs = kMaxLong / 2;

using enum ConfigType;

// Retention is for ever unless a topic says otherwise; the other defaults are Kafka's.
constexpr std::array kDefinitions = std::to_array<ConfigDefinition>({
    {"cleanup.policy", kList, "delete", 0, 0, "compact|delete"},
    {"compression.gzip.level", kInt, "-1", -1, 9},
    {"compression.lz4.level", kInt, "9", 1, 17},
    {"compression.type", kString, "producer", 0, 0, "uncompressed|zstd|lz4|snappy|gzip|producer"},
    {"compression.zstd.level", kInt, "3", -131072, 22},
    {"daybook.durability", kString, "server", 0, 0, "fsync|os|server"},
    {"delete.retention.ms", kLong, "86400000", 0, kMaxLong},
    {"file.delete.delay.ms", kLong, "60000", 0, kMaxLong},
    {"flush.messages", kLong, "9223372036854775807", 1, kMaxLong},
    {"flush.ms", kLong, "9223372036854775807", 0, kMaxLong},
    {"follower.replication.throttled.replicas", kList, ""},
    {"index.interval.bytes", kInt, "4096", 0, kMaxInt},
    {"leader.replication.throttled.replicas", kList, ""},
    {"local.retention.bytes", kLong, "-2", -2, kMaxLong},
    {"local.retention.ms", kLong, "-2", -2, kMaxLong},
    {"max.compaction.lag.ms", kLong, "9223372036854775807", 1, kMaxLong},
    {"max.message.bytes", kInt, "1048588", 0, kMaxRequestBytes},
    {"message.timestamp.after.max.ms", kLong, "3600000", 0, kMaxLong},
    {"message.timestamp.before.max.ms", kLong, "9223372036854775807", 0, kMaxLong},
    {"message.timestamp.type", kString, "CreateTime", 0, 0, "CreateTime|LogAppendTime"},
    {"min.cleanable.dirty.ratio", kDouble, "0.5", 0, 1},
    {"min.compaction.lag.ms", kLong, "0", 0, kMaxLong},
    {"min.insync.replicas", kInt, "1", 1, kMaxInt},
    {"preallocate", kBoolean, "false"},
    {"remote.log.copy.disable", kBoolean, "false"},
    {"remote.log.delete.on.disable", kBoolean, "false"},
    {"remote.storage.enable", kBoolean, "false", 0, 0, "false"},
    {"retention.bytes", kLong, "-1", -1, kMaxLong},
    {"retention.ms", kLong, "-1", -1, kMaxLong},
    {"segment.bytes", kInt, "1073741824", log::kMinSegmentBytes, kMaxInt},
    {"segment.index.bytes", kInt, "10485760", 4, kMaxInt},
    {"segment.jitter.ms", kLong, "0", 0, kMaxLong},
    {"segment.ms", kLong, "604800000", 1, kMaxLong},
    {"unclean.leader.election.enable", kBoolean, "false"},
});

// Calls `each` with the items of a list; false if one of them was refused.
template <class Each>
bool for_each_item(std::string_view list, char separator, Each each) {
  for (;;) {
    const std::size_t end = list.find(separator);
    if (!each(list.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    list.remove_prefix(end + 1);
  }
}

bool is_choice(std::string_view value, std::string_view choices) {
  if (choices.empty()) return true;
  return !for_each_item(choices, '|', [&](std::string_view choice) { return choice != value; });
}

template <class Number>
bool in_range(std::string_view value, std::int64_t least, std::int64_t most) {
  Number number{};
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  return error == std::errc() && end == value.data() + value.size() &&
         number >= static_cast<Number>(least) && number <= static_cast<Number>(most);
}

bool fits(const ConfigDefinition& definition, std::string_view value) {
  switch (definition.type) {
    case kBoolean:
      return (value == "true" || value == "false") && is_choice(value, definition.choices);
    case kString:
      return is_choice(value, definition.choices);
    case kList:
      return for_each_item(
          value, ',', [&](std::string_view item) { return is_choice(item, definition.choices); });
    case kDouble:
      return in_range<double>(value, definition.least, definition.most);
    case kInt:
    case kShort:
    case kLong:
      return in_range<std::int64_t>(value, definition.least, definition.most);
  }
  return false;
}

std::string expectation(const ConfigDefinition& definition) {
  if (definition.type == kBoolean && definition.choices.empty()) return "true or false";
  if (definition.type == kBoolean) return std::string(definition.choices);
  if (definition.type == kString) return "one of " + std::string(definition.choices);
  if (definition.type == kList) return "a list of " + std::string(definition.choices);
  return "a number from " + std::to_string(definition.least) + " to " +
         std::to_string(definition.most);
}

std::string_view value_of(const Config& config, std::string_view name) {
  const auto found = config.find(std::string(name));
  return found == config.end() ? find_topic_config(name)->default_value : found->second;
}

std::int64_t number_of(const Config& config, std::string_view name) {
  const std::string_view text = value_of(config, name);
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

std::span<const ConfigDefinition> topic_config_definitions() {
  return kDefinitions;
}

const ConfigDefinition* find_topic_config(std::string_view name) {
  const auto found = std::ranges::find(kDefinitions, name, &ConfigDefinition::name);
  return found == kDefinitions.end() ? nullptr : &*found;
}

Status check_value(const ConfigDefinition& definition, std::string_view value) {
  if (fits(definition, value)) return {};
  return fail(ErrorCode::kInvalid, "'" + std::string(value) + "' is not a value of " +
                                       std::string(definition.name) + ": expected " +
                                       expectation(definition));
}

Status check_topic_config(const Config& config) {
  for (const auto& [name, value] : config) {
    const ConfigDefinition* definition = find_topic_config(name);
    if (definition == nullptr) {
      return fail(ErrorCode::kInvalid, "no topic configuration is named '" + name + "'");
    }
    DAYBOOK_TRY_VOID(check_value(*definition, value));
  }
  if (number_of(config, "min.compaction.lag.ms") > number_of(config, "max.compaction.lag.ms")) {
    return fail(ErrorCode::kInvalid,
                "min.compaction.lag.ms is larger than max.compaction.lag.ms: records may be "
                "compacted from the one age on and must be at the other");
  }
  return {};
}

TopicSettings topic_settings(const Config& config) {
  TopicSettings settings;
  settings.log.segment_bytes = static_cast<std::uint32_t>(number_of(config, "segment.bytes"));
  settings.log.segment_ms = std::chrono::milliseconds(number_of(config, "segment.ms"));
  settings.log.segment_jitter_ms =
      std::chrono::milliseconds(number_of(config, "segment.jitter.ms"));
  settings.log.index_interval_bytes =
      static_cast<std::uint32_t>(number_of(config, "index.interval.bytes"));
  const std::string_view durability = value_of(config, "daybook.durability");
  if (durability == "fsync") settings.log.durability = log::Durability::kFsync;
  if (durability == "os") settings.log.durability = log::Durability::kOs;
  settings.max_batch_bytes = static_cast<std::size_t>(number_of(config, "max.message.bytes"));
  settings.compacted = value_of(config, "cleanup.policy").contains("compact");
  settings.log.deletes = value_of(config, "cleanup.policy").contains("delete");
  settings.log.compacts = settings.compacted;
  const std::string_view ratio = value_of(config, "min.cleanable.dirty.ratio");
  std::from_chars(ratio.data(), ratio.data() + ratio.size(), settings.log.min_dirty_ratio);
  settings.log.min_compaction_lag_ms =
      std::chrono::milliseconds(number_of(config, "min.compaction.lag.ms"));
  if (const std::int64_t ms = number_of(config, "max.compaction.lag.ms"); ms < kMaxLong) {
    settings.log.max_compaction_lag_ms = std::chrono::milliseconds(ms);
  }
  // The time at which a tombstone goes is the sum of now and this.
  settings.log.delete_retention_ms = std::chrono::milliseconds(
      std::min(number_of(config, "delete.retention.ms"), kLongestDeleteRetentionMs));
  if (const std::int64_t ms = number_of(config, "retention.ms"); ms >= 0) {
    settings.log.retention_ms = std::chrono::milliseconds(ms);
  }
  if (const std::int64_t bytes = number_of(config, "retention.bytes"); bytes >= 0) {
    settings.log.retention_bytes = static_cast<std::uint64_t>(bytes);
  }
  settings.log_append_time = value_of(config, "message.timestamp.type") == "LogAppendTime";
  return settings;
}

Status check_topic_name(std::string_view name) {
  const auto invalid = [&](std::string reason) {
    return fail(ErrorCode::kInvalid, "'" + std::string(name.substr(0, kMaxTopicNameLength)) +
                                         "' is no topic name: " + reason);
  };
  if (name.empty()) return invalid("it is empty");
  if (name == "." || name == "..") return invalid("it is a folder's own name");
  if (name.size() > kMaxTopicNameLength) {
    return invalid("it has more than " + std::to_string(kMaxTopicNameLength) + " characters");
  }
  const bool legal = std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
  if (!legal) return invalid("only letters, digits, '.', '_' and '-' are allowed");
  return {};
}

}  // namespace daybook::broker
