#include "broker/groups/streams/topology.h"

#include <algorithm>
#include <set>
#include <utility>

namespace daybook::broker {
namespace {

using Request = wire::StreamsGroupHeartbeatRequest;

constexpr std::int16_t kTopologyVersion = 0;  // of the heartbeat in which it is kept

template <class List>
bool are_places(const std::vector<std::int16_t>& places, const List& list) {
  return std::ranges::all_of(places, [&](std::int16_t place) {
    return place >= 0 && static_cast<std::size_t>(place) < list.size();
  });
}

std::string fault_of_copartition(const Request::Subtopology& subtopology) {
  for (const Request::CopartitionGroup& group : subtopology.copartition_groups) {
    if (!are_places(group.source_topics, subtopology.source_topics) ||
        !are_places(group.repartition_source_topics, subtopology.repartition_source_topics)) {
      return "A copartition group of subtopology " + subtopology.subtopology_id +
             " names a topic that the subtopology does not read.";
    }
  }
  return "";
}

std::string fault_of_topics(const Request::Subtopology& subtopology) {
  for (const wire::StreamsTopicInfo& topic : subtopology.state_changelog_topics) {
    if (topic.partitions == 0) continue;
    return "Changelog topic " + topic.name +
           " must have an undefined partition count, but it is set to " +
           std::to_string(topic.partitions) + ".";
  }
  for (const wire::StreamsTopicInfo& topic : subtopology.repartition_source_topics) {
    if (topic.partitions >= 0) continue;
    return "Repartition topic " + topic.name + " cannot have " + std::to_string(topic.partitions) +
           " partitions.";
  }
  if (subtopology.source_topics.empty() && subtopology.repartition_source_topics.empty()) {
    return "Subtopology " + subtopology.subtopology_id + " reads no topic.";
  }
  return fault_of_copartition(subtopology);
}

std::set<std::string> named(const Request::Subtopology& subtopology,
                            const Request::CopartitionGroup& group) {
  std::set<std::string> names;
  for (const std::int16_t place : group.source_topics) {
    names.insert(subtopology.source_topics[static_cast<std::size_t>(place)]);
  }
  for (const std::int16_t place : group.repartition_source_topics) {
    names.insert(subtopology.repartition_source_topics[static_cast<std::size_t>(place)].name);
  }
  return names;
}

// A subtopology without the order in which it is told.
struct Unordered {
  using Topics = std::map<std::string, std::pair<std::int32_t, std::map<std::string, std::string>>>;

  std::set<std::string> sources;
  std::set<std::string> sinks;
  Topics changelogs;
  Topics repartitions;
  std::set<std::set<std::string>> copartitioned;

  explicit Unordered(const Request::Subtopology& from)
      : sources(from.source_topics.begin(), from.source_topics.end()),
        sinks(from.repartition_sink_topics.begin(), from.repartition_sink_topics.end()),
        changelogs(topics(from.state_changelog_topics)),
        repartitions(topics(from.repartition_source_topics)) {
    for (const auto& group : from.copartition_groups) copartitioned.insert(named(from, group));
  }
  friend bool operator==(const Unordered&, const Unordered&) = default;

 private:
  static Topics topics(const std::vector<wire::StreamsTopicInfo>& from) {
    Topics topics;
    for (const wire::StreamsTopicInfo& topic : from) {
      auto& [partitions, config] = topics[topic.name];
      partitions = topic.partitions;
      for (const wire::StreamsKeyValue& set : topic.topic_configs) config[set.key] = set.value;
    }
    return topics;
  }
};

std::map<std::string, Unordered> unordered(const StreamsTopology& topology) {
  std::map<std::string, Unordered> subtopologies;
  for (const Request::Subtopology& subtopology : topology.subtopologies) {
    subtopologies.emplace(subtopology.subtopology_id, Unordered(subtopology));
  }
  return subtopologies;
}

}  // namespace

std::string fault_of(const StreamsTopology& topology) {
  std::set<std::string_view> ids;
  for (const Request::Subtopology& subtopology : topology.subtopologies) {
    if (!ids.insert(subtopology.subtopology_id).second) {
      return "Subtopology " + subtopology.subtopology_id + " is there twice.";
    }
    if (std::string fault = fault_of_topics(subtopology); !fault.empty()) return fault;
  }
  return "";
}

bool same_topology(const StreamsTopology& a, const StreamsTopology& b) {
  return a.epoch == b.epoch && unordered(a) == unordered(b);
}

Bytes write_topology(const StreamsTopology& topology) {
  Request kept;
  kept.topology = topology;
  return wire::encode(kept, kTopologyVersion).flatten();
}

std::optional<StreamsTopology> read_topology(BytesView bytes) {
  auto kept = wire::decode<Request>(bytes, kTopologyVersion, wire::Trailing::kRefuse);
  if (!kept || !kept->topology || !fault_of(*kept->topology).empty()) return std::nullopt;
  return std::move(kept->topology);
}

}  // namespace daybook::broker
