// What a group of the streams protocol tells of itself, to tools and to its members.

#include <algorithm>

#include "broker/groups/streams/streams_group.h"

namespace daybook::broker {

std::string_view StreamsGroup::state_name() const {
  if (members_.empty()) return "Empty";
  if (!is_ready()) return "NotReady";
  if (epoch_ > target_epoch_) return "Assigning";
  const bool all = std::ranges::all_of(members_, [&](const auto& m) { return arrived(m.second); });
  return all ? "Stable" : "Reconciling";
}

StreamsGroupDescription StreamsGroup::describe(const TopicShapes& topics) const {
  StreamsGroupDescription description;
  description.state = state_name();
  description.epoch = epoch_;
  description.assignment_epoch = target_epoch_;
  description.topology = topology_;
  if (topology_) description.configured = daybook::broker::configure(*topology_, topics);
  for (const auto& [id, member] : members_) description.members.push_back(member);
  return description;
}

bool StreamsGroup::reads(std::string_view topic) const {
  if (members_.empty() || !topology_) return false;
  return std::ranges::any_of(topology_->subtopologies, [&](const auto& subtopology) {
    const auto& repartitioned = subtopology.repartition_source_topics;
    return std::ranges::find(subtopology.source_topics, topic) != subtopology.source_topics.end() ||
           std::ranges::any_of(repartitioned, [&](const auto& each) { return each.name == topic; });
  });
}

std::vector<EndpointPartitions> StreamsGroup::endpoints() const {
  std::vector<EndpointPartitions> endpoints;
  for (const auto& [id, member] : members_) {
    if (!member.endpoint) continue;
    endpoints.push_back({.endpoint = *member.endpoint,
                         .active = partitions_of(member.assigned.active),
                         .standby = partitions_of(member.assigned.standby)});
  }
  return endpoints;
}

// Of the topics that these tasks read.
std::map<std::string, std::vector<std::int32_t>> StreamsGroup::partitions_of(
    const TaskSets& tasks) const {
  std::map<std::string, std::vector<std::int32_t>> partitions;
  for_each_task(tasks, [&](const std::string& id, std::int32_t index) {
    const auto subtopology = configured_.subtopologies.find(id);
    if (subtopology == configured_.subtopologies.end()) return;
    for (const std::string& topic : subtopology->second.topics) {
      const auto count = configured_.partitions.find(topic);
      if (count != configured_.partitions.end() && index < count->second) {
        partitions[topic].push_back(index);
      }
    }
  });
  return partitions;
}

}  // namespace daybook::broker
