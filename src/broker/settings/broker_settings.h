// The node's configurations that may be changed while it runs: under Kafka's names, for every node
// (scope "") or for this one (its id), which goes first. Without either, what the server was
// started with holds. What is set is durable in the catalog before it takes effect.
//
// Most of them are the defaults of topics' configurations; Topics is told of them
// (topic_defaults()).
//
// Threads: any. set() blocks on the disk; calls of it come one after the other.

#pragma once

#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "broker/topics/topic_config.h"
#include "catalog/records.h"

namespace daybook::broker {

class Decisions;

// Where a value comes from, as the protocol numbers it.
enum class ConfigSource : std::int8_t {
  kTopic = 1,
  kThisNode = 2,
  kEveryNode = 3,
  kStart = 4,
  kDefault = 5,
  kGroup = 8,
};

class BrokerSettings {
 public:
  // `started_with` has passed check().
  BrokerSettings(Config started_with, catalog::BrokerConfigs stored, Decisions& decisions);

  bool auto_create_topics() const;
  std::int32_t default_partitions() const;
  std::size_t max_connections() const;
  std::size_t max_connections_per_ip() const;
  // What is set for the node, under the names that topics have for it.
  Config topic_defaults() const;

  // All that can be set, ordered by name; `default_value` is what holds if nothing is.
  static std::span<const ConfigDefinition> definitions();
  // Null: it does not exist, or cannot be changed.
  static const ConfigDefinition* find(std::string_view name);
  // What is set in a scope ("" or the node's id).
  Config config(const std::string& scope) const;

  struct Value {
    std::string value;
    ConfigSource source;
  };
  // What is set for `name`, and what would hold without it: the first one holds. Empty: it does not
  // exist, or cannot be changed.
  std::vector<Value> values(std::string_view name) const;

  // kInvalid, naming the configuration, what was found and what is expected.
  static Status check(const Config& config);

  // Replaces what is set in the scope. kInvalid, or the catalog's error.
  Status set(const std::string& scope, Config config);

 private:
  std::string value(std::string_view name) const;
  std::int64_t number(std::string_view name) const;

  Decisions& decisions_;
  const Config started_with_;
  mutable std::mutex mutex_;
  catalog::BrokerConfigs set_;
};

}  // namespace daybook::broker
