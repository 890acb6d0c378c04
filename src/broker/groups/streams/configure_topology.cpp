// From a topology and the topics that there are to numbers of partitions and of tasks, as Kafka
// decides on them.

#include <algorithm>
#include <set>
#include <utility>

#include "broker/groups/streams/topology.h"
#include "broker/limits.h"

namespace daybook::broker {
namespace {

using Subtopology = wire::StreamsGroupHeartbeatRequest::Subtopology;
using CopartitionGroup = wire::StreamsGroupHeartbeatRequest::CopartitionGroup;
using TopicInfo = wire::StreamsTopicInfo;

std::string list_of(const std::set<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

class Configuring {
 public:
  Configuring(const StreamsTopology& topology, const TopicShapes& topics)
      : topology_(topology), topics_(topics) {}

  ConfiguredTopology run() && {
    find_sources();
    if (!made_.problem) decide_repartitions();
    for (const Subtopology& subtopology : topology_.subtopologies) {
      for (const CopartitionGroup& group : subtopology.copartition_groups) {
        if (!made_.problem) copartition(subtopology, group);
      }
    }
    if (!made_.problem) count_tasks();
    if (!made_.problem) list_internal_topics();
    const bool can_be_said =
        !made_.problem || made_.problem->code == StreamsStatusCode::kMissingInternalTopics;
    if (!can_be_said) made_.subtopologies.clear();
    return std::move(made_);
  }

 private:
  using Partitions = std::map<std::string, std::int32_t>;

  void fail(StreamsStatusCode code, std::string detail) {
    made_.problem = {.code = code, .detail = std::move(detail)};
  }

  std::optional<std::int32_t> partitions_of(const std::string& topic) const {
    const auto known = made_.partitions.find(topic);
    return known == made_.partitions.end() ? std::nullopt : std::optional(known->second);
  }

  // Those of the sources that are known so far; 0 if none is.
  std::int32_t most_partitions(const Subtopology& subtopology) const {
    std::int32_t most = 0;
    const auto look = [&](const std::string& topic) {
      most = std::max(most, partitions_of(topic).value_or(0));
    };
    std::ranges::for_each(subtopology.source_topics, look);
    std::ranges::for_each(subtopology.repartition_source_topics, look, &TopicInfo::name);
    return most;
  }

  void find_sources() {
    std::set<std::string> missing;
    for (const Subtopology& subtopology : topology_.subtopologies) {
      for (const std::string& name : subtopology.source_topics) {
        const auto shape = topics_.find(name);
        if (shape == topics_.end()) {
          missing.insert(name);
        } else {
          made_.partitions[name] = shape->second.partitions;
        }
      }
    }
    if (missing.empty()) return;
    fail(StreamsStatusCode::kMissingSourceTopics,
         "Source topics " + list_of(missing) + " are missing.");
  }

  // A repartition topic whose number is not given has as many as the largest topic of those that
  // are read where it is written to. That may be another one of them.
  void decide_repartitions() {
    for (const Subtopology& subtopology : topology_.subtopologies) {
      for (const TopicInfo& topic : subtopology.repartition_source_topics) {
        if (topic.partitions > 0) {
          made_.partitions[topic.name] = topic.partitions;
          fixed_.insert(topic.name);
        } else {
          flexible_.insert(topic.name);
        }
      }
    }
    std::vector<const Subtopology*> sized;  // whose largest source is known since the last round
    std::map<std::string, std::vector<const Subtopology*>> waiting;  // by what they read
    for (const Subtopology& subtopology : topology_.subtopologies) {
      if (most_partitions(subtopology) > 0) {
        sized.push_back(&subtopology);
        continue;
      }
      for (const TopicInfo& topic : subtopology.repartition_source_topics) {
        waiting[topic.name].push_back(&subtopology);
      }
    }
    std::set<std::string> open = flexible_;
    std::set<const Subtopology*> seen(sized.begin(), sized.end());
    while (!sized.empty()) {
      const Partitions found = partitions_of_sinks(sized, open);
      sized.clear();
      for (const auto& [name, partitions] : found) {
        made_.partitions[name] = partitions;
        open.erase(name);
        for (const Subtopology* reader : waiting[name]) {
          if (seen.insert(reader).second) sized.push_back(reader);
        }
      }
    }
    if (open.empty()) return;
    fail(StreamsStatusCode::kIncorrectlyPartitionedTopics,
         "Failed to compute number of partitions for repartition topics " + list_of(open) + ".");
  }

  Partitions partitions_of_sinks(const std::vector<const Subtopology*>& writers,
                                 const std::set<std::string>& wanted) const {
    Partitions found;
    for (const Subtopology* writer : writers) {
      const std::int32_t most = most_partitions(*writer);
      for (const std::string& sink : writer->repartition_sink_topics) {
        if (wanted.contains(sink)) found[sink] = std::max(found[sink], most);
      }
    }
    return found;
  }

  // All topics of the group get the number of those that are not to be made, which must be one, or
  // of those whose number is given; or else the largest.
  void copartition(const Subtopology& subtopology, const CopartitionGroup& group) {
    Partitions given;
    Partitions asked;
    std::set<std::string> flexible;
    for (const std::int16_t place : group.source_topics) {
      const std::string& name = subtopology.source_topics[static_cast<std::size_t>(place)];
      given[name] = partitions_of(name).value_or(0);
    }
    for (const std::int16_t place : group.repartition_source_topics) {
      const std::string& name =
          subtopology.repartition_source_topics[static_cast<std::size_t>(place)].name;
      if (fixed_.contains(name)) asked[name] = partitions_of(name).value_or(0);
      if (flexible_.contains(name)) flexible.insert(name);
    }
    given.insert(asked.begin(), asked.end());
    const auto other = std::ranges::find_if(
        given, [&](const auto& topic) { return topic.second != given.begin()->second; });
    if (other != given.end()) {
      fail(StreamsStatusCode::kIncorrectlyPartitionedTopics,
           "Topics are not copartitioned: " + given.begin()->first + " has " +
               std::to_string(given.begin()->second) + " partitions, and " + other->first +
               " has " + std::to_string(other->second) + ".");
      return;
    }
    std::int32_t partitions = given.empty() ? 0 : given.begin()->second;
    if (given.empty()) {
      for (const std::string& name : flexible) {
        partitions = std::max(partitions, partitions_of(name).value_or(0));
      }
    }
    for (const std::string& name : flexible) made_.partitions[name] = partitions;
  }

  void count_tasks() {
    std::int64_t all = 0;
    for (const Subtopology& subtopology : topology_.subtopologies) {
      ConfiguredSubtopology& made = made_.subtopologies[subtopology.subtopology_id];
      made.tasks = most_partitions(subtopology);
      made.is_stateful = !subtopology.state_changelog_topics.empty();
      made.topics = subtopology.source_topics;
      for (const TopicInfo& topic : subtopology.repartition_source_topics) {
        made.topics.push_back(topic.name);
      }
      all += made.tasks;
    }
    if (all <= kMaxStreamsTasks) return;
    fail(StreamsStatusCode::kIncorrectlyPartitionedTopics,
         "The application would have " + std::to_string(all) + " tasks; it may have " +
             std::to_string(kMaxStreamsTasks) + " at most.");
  }

  void list_internal_topics() {
    std::map<std::string, InternalTopic> wanted;
    for (const Subtopology& subtopology : topology_.subtopologies) {
      for (const TopicInfo& topic : subtopology.repartition_source_topics) {
        wanted[topic.name] = to_be_made(topic, partitions_of(topic.name).value_or(0));
      }
      // A store may have a topic that is read for its changelog.
      const std::set<std::string> sources(subtopology.source_topics.begin(),
                                          subtopology.source_topics.end());
      for (const TopicInfo& topic : subtopology.state_changelog_topics) {
        if (sources.contains(topic.name)) continue;
        const std::int32_t tasks = made_.subtopologies[subtopology.subtopology_id].tasks;
        made_.partitions[topic.name] = tasks;
        wanted[topic.name] = to_be_made(topic, tasks);
      }
    }
    std::set<std::string> missing;
    for (auto& [name, topic] : wanted) {
      const auto shape = topics_.find(name);
      if (shape == topics_.end()) {
        missing.insert(name);
        made_.missing.push_back(std::move(topic));
      } else if (shape->second.partitions != topic.partitions) {
        fail(StreamsStatusCode::kIncorrectlyPartitionedTopics,
             "Existing topic " + name + " has different number of partitions: expected " +
                 std::to_string(topic.partitions) + ", found " +
                 std::to_string(shape->second.partitions));
        made_.missing.clear();
        return;
      }
    }
    if (missing.empty()) return;
    fail(StreamsStatusCode::kMissingInternalTopics,
         "Internal topics are missing: " + list_of(missing));
  }

  static InternalTopic to_be_made(const TopicInfo& from, std::int32_t partitions) {
    InternalTopic topic{.name = from.name,
                        .partitions = partitions,
                        .replication_factor = from.replication_factor,
                        .config = {}};
    for (const auto& set : from.topic_configs) topic.config[set.key] = set.value;
    return topic;
  }

  const StreamsTopology& topology_;
  const TopicShapes& topics_;
  std::set<std::string> fixed_;     // repartition topics whose number of partitions is given
  std::set<std::string> flexible_;  // and is not
  ConfiguredTopology made_;
};

}  // namespace

ConfiguredTopology configure(const StreamsTopology& topology, const TopicShapes& topics) {
  return Configuring(topology, topics).run();
}

}  // namespace daybook::broker
