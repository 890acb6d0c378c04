// What is set for single groups of the consumer and the streams protocol, under Kafka's names: it
// goes before what holds for all groups. A group need not exist, and what is set for it stays when
// it goes. What is set is durable in the catalog before it takes effect: at each member's next
// heartbeat.
//
// Threads: any. set() blocks on the disk; calls of it come one after the other.

#pragma once

#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "broker/groups/consumer/consumer_group.h"
#include "broker/groups/streams/streams_group.h"
#include "broker/topics/topic_config.h"
#include "catalog/records.h"

namespace daybook::broker {

class Decisions;

class GroupConfigs {
 public:
  GroupConfigs(catalog::GroupConfigs stored, Decisions& decisions);

  // All that can be set, ordered by name; `default_value` is what holds if nothing is.
  static std::span<const ConfigDefinition> definitions();
  // Null: it does not exist.
  static const ConfigDefinition* find(std::string_view name);

  // What is set for the group.
  Config config(const std::string& group) const;
  std::vector<std::string> groups() const;  // for which something is set
  ConsumerGroupSettings settings_of(const std::string& group) const;
  StreamsGroupSettings streams_settings_of(const std::string& group) const;

  // Replaces what is set for the group. kInvalid if it is more than is kept; the catalog's errors.
  Status set(const std::string& group, Config config);

 private:
  Decisions& decisions_;
  mutable std::mutex mutex_;
  catalog::GroupConfigs set_;
};

}  // namespace daybook::broker
