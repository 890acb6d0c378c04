// StreamsGroupDescribe: groups of the streams protocol, their topologies and their members.

#include "wire/apis/groups/streams_group_describe.h"

#include <set>
#include <string_view>

#include "broker/api_handler.h"
#include "broker/authorized_operations.h"
#include "broker/groups/coordinator.h"
#include "broker/groups/streams/task_ids.h"
#include "broker/topics/topics.h"

namespace daybook::broker::apis {
namespace {

using Response = wire::StreamsGroupDescribeResponse;
using TopicInfo = wire::StreamsTopicInfo;

Response::Assignment to_wire(const Tasks& tasks) {
  return {.active_tasks = to_ids(tasks.active),
          .standby_tasks = to_ids(tasks.standby),
          .warmup_tasks = {}};
}

// With as many partitions as they have, or are to have.
std::vector<TopicInfo> with_partitions(std::vector<TopicInfo> topics,
                                       const ConfiguredTopology& configured) {
  for (TopicInfo& topic : topics) {
    const auto partitions = configured.partitions.find(topic.name);
    topic.partitions = partitions == configured.partitions.end() ? 0 : partitions->second;
  }
  return topics;
}

Response::Topology to_wire(const StreamsTopology& topology, const ConfiguredTopology& configured) {
  Response::Topology told{.epoch = topology.epoch, .subtopologies = {}};
  if (configured.subtopologies.empty()) return told;
  told.subtopologies.emplace();
  for (const auto& subtopology : topology.subtopologies) {
    told.subtopologies->push_back(
        {.subtopology_id = subtopology.subtopology_id,
         .source_topics = subtopology.source_topics,
         .repartition_sink_topics = subtopology.repartition_sink_topics,
         .state_changelog_topics = with_partitions(subtopology.state_changelog_topics, configured),
         .repartition_source_topics =
             with_partitions(subtopology.repartition_source_topics, configured)});
  }
  return told;
}

Response::Member to_wire(catalog::StreamsMember member) {
  Response::Member told;
  told.member_id = std::move(member.id);
  told.member_epoch = member.epoch;
  told.rack_id = std::move(member.rack_id);
  told.client_id = std::move(member.client_id);
  told.client_host = std::move(member.client_host);
  told.topology_epoch = member.topology_epoch;
  told.process_id = std::move(member.process_id);
  if (member.endpoint) told.user_endpoint = {member.endpoint->host, member.endpoint->port};
  for (const auto& [key, value] : member.tags) told.client_tags.push_back({key, value});
  told.assignment = to_wire(member.assigned);
  told.target_assignment = to_wire(member.target);
  return told;
}

void describe(StreamsGroupDescription found, Response::Group& answer) {
  answer.group_state = found.state;
  answer.group_epoch = found.epoch;
  answer.assignment_epoch = found.assignment_epoch;
  if (found.topology) answer.topology = to_wire(*found.topology, found.configured);
  for (catalog::StreamsMember& member : found.members) {
    answer.members.push_back(to_wire(std::move(member)));
  }
}

void handle(Core& core, const RequestContext&, wire::StreamsGroupDescribeRequest request,
            Reply<Response> reply) {
  Response response;
  const TopicShapesPtr topics = core.topics.shapes();
  // Named twice is described once: a description is large, and a name is not.
  std::set<std::string_view> seen;
  for (const std::string& id : request.group_ids) {
    if (!seen.insert(id).second) continue;
    Response::Group& answer = response.groups.emplace_back();
    answer.group_id = id;
    if (request.include_authorized_operations) answer.authorized_operations = kGroupOperations;
    if (id.empty()) {
      answer.error_code = KafkaError::kInvalidGroupId;
    } else if (auto found = core.groups.describe_streams(id, *topics)) {
      describe(std::move(*found), answer);
    } else {
      const bool is_other = core.groups.describe(id) || core.groups.describe_consumers(id);
      answer.error_code = KafkaError::kGroupIdNotFound;
      answer.error_message =
          "Group " + id + (is_other ? " is not a streams group." : " not found.");
    }
  }
  reply(response);
}

}  // namespace

ApiHandler streams_group_describe() {
  return handler_of<wire::StreamsGroupDescribeApi, handle>();
}

}  // namespace daybook::broker::apis
