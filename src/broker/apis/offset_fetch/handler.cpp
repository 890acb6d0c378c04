// OffsetFetch: what a group has committed; from version 8 on, of several groups. Who asks for
// stable offsets is told to wait where one is pending in a transaction.

#include "wire/apis/groups/offset_fetch.h"

#include <map>
#include <set>
#include <string_view>

#include "broker/api_handler.h"
#include "broker/groups/committed_offsets.h"
#include "broker/groups/coordinator.h"
#include "broker/topics/topics.h"

namespace daybook::broker::apis {
namespace {

using Request = wire::OffsetFetchRequest;
using Response = wire::OffsetFetchResponse;
using Group = Response::Group;

constexpr std::int16_t kFirstBatched = 8;
constexpr std::int16_t kFirstWithTopicIds = 10;

Response::GroupPartition describe(const catalog::CommittedOffset& offset) {
  Response::GroupPartition described;
  described.partition_index = offset.partition;
  described.committed_offset = offset.offset;
  described.committed_leader_epoch = offset.leader_epoch;
  described.metadata = offset.metadata;
  return described;
}

Response::GroupPartition nothing_committed(PartitionId partition) {
  Response::GroupPartition described;
  described.partition_index = partition;
  described.committed_offset = Offset{-1};
  described.metadata = "";
  return described;
}

Response::GroupPartition unstable(PartitionId partition) {
  Response::GroupPartition described = nothing_committed(partition);
  described.error_code = KafkaError::kUnstableOffsetCommit;
  return described;
}

std::vector<Response::GroupTopic> all_of(Core& core, const std::string& group, bool stable) {
  std::map<std::string, Response::GroupTopic> topics;
  for (const auto& offset : core.offsets.of_group(group)) {
    const bool waits = stable && core.offsets.has_pending(group, offset.topic, offset.partition);
    topics[offset.topic].partitions.push_back(waits ? unstable(offset.partition)
                                                    : describe(offset));
  }
  std::vector<Response::GroupTopic> result;
  for (auto& [name, topic] : topics) {
    topic.name = name;
    if (const TopicPtr known = core.topics.find(name)) topic.topic_id = known->id;
    result.push_back(std::move(topic));
  }
  return result;
}

Response::GroupTopic one_topic(Core& core, const RequestContext& context, const std::string& group,
                               const Request::GroupTopic& asked, bool stable) {
  Response::GroupTopic answer;
  answer.name = asked.name;
  answer.topic_id = asked.topic_id;
  std::string name = asked.name;
  bool known = true;
  if (context.version >= kFirstWithTopicIds) {
    const TopicPtr topic = core.topics.find(asked.topic_id);
    known = topic != nullptr;
    if (known) name = topic->name;
  }
  for (const PartitionId partition : asked.partition_indexes) {
    if (stable && core.offsets.has_pending(group, name, partition)) {
      answer.partitions.push_back(unstable(partition));
      continue;
    }
    const auto offset = core.offsets.find(group, name, partition);
    Response::GroupPartition& described = answer.partitions.emplace_back(
        known && offset ? describe(*offset) : nothing_committed(partition));
    if (!known) described.error_code = KafkaError::kUnknownTopicId;
  }
  return answer;
}

Group answer_group(Core& core, const RequestContext& context, const Request::Group& asked,
                   bool stable) {
  Group answer;
  answer.group_id = asked.group_id;
  const MemberIdentity member{asked.member_id.value_or(""), {}, asked.member_epoch};
  answer.error_code = asked.group_id.empty() ? KafkaError::kInvalidGroupId
                                             : core.groups.check_fetch(asked.group_id, member);
  if (answer.error_code != KafkaError::kNone) return answer;
  if (!asked.topics) {
    answer.topics = all_of(core, asked.group_id, stable);
  } else {
    for (const auto& topic : *asked.topics) {
      answer.topics.push_back(one_topic(core, context, asked.group_id, topic, stable));
    }
  }
  return answer;
}

// Before version 8 the request and the response are one group each, in fields of their own.
Request::Group only_group(Request request) {
  Request::Group group;
  group.group_id = std::move(request.group_id);
  if (!request.topics) return group;
  group.topics.emplace();
  for (auto& topic : *request.topics) {
    group.topics->push_back({std::move(topic.name), Uuid{}, std::move(topic.partition_indexes)});
  }
  return group;
}

void put_only_group(Group group, Response& response) {
  response.error_code = group.error_code;
  for (auto& topic : group.topics) {
    Response::Topic& flat = response.topics.emplace_back();
    flat.name = std::move(topic.name);
    for (auto& partition : topic.partitions) {
      flat.partitions.push_back({partition.partition_index, partition.committed_offset,
                                 partition.committed_leader_epoch, std::move(partition.metadata),
                                 partition.error_code});
    }
  }
}

void handle(Core& core, const RequestContext& context, Request request, Reply<Response> reply) {
  Response response;
  if (context.version >= kFirstBatched) {
    // Named twice is answered once: the offsets of a group are many, and its name is short.
    std::set<std::string_view> seen;
    for (const auto& group : request.groups) {
      if (!seen.insert(group.group_id).second) continue;
      response.groups.push_back(answer_group(core, context, group, request.require_stable));
    }
  } else {
    const bool stable = request.require_stable;
    const Request::Group group = only_group(std::move(request));
    put_only_group(answer_group(core, context, group, stable), response);
  }
  reply(response);
}

}  // namespace

ApiHandler offset_fetch() {
  return handler_of<wire::OffsetFetchApi, handle>();
}

}  // namespace daybook::broker::apis
