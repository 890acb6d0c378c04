// Who reads which partitions: the two ways in which the server shares them out among the members of
// a group of the consumer protocol, with Kafka's names.
//
//   uniform  members with the same subscription differ by at most one partition; as few partitions
//            as possible change hands
//   range    topic by topic, consecutive partitions in the order of the members; members that read
//            the same topics get the same partition numbers of each
//
// Both give every partition of every topic that somebody reads to exactly one member that reads it.
//
// Threads: any; there is no state.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/groups/consumer/partition_sets.h"

namespace daybook::broker {

struct AssignmentMember {
  std::string id;
  std::optional<std::string> instance_id;
  std::set<Uuid> topics;  // that it reads; all of them are in AssignmentInput::topics
  PartitionSets current;  // what it has been assigned so far
};

struct AssignmentInput {
  std::vector<AssignmentMember> members;
  std::map<Uuid, std::int32_t> topics;  // and how many partitions they have
};

using Assignor = std::vector<PartitionSets> (*)(const AssignmentInput&);

// One set for each member, in their order.
std::vector<PartitionSets> assign_uniform(const AssignmentInput& input);
std::vector<PartitionSets> assign_range(const AssignmentInput& input);

inline constexpr std::string_view kDefaultAssignor = "uniform";
inline constexpr std::string_view kAssignorNames = "uniform, range";

// Null if there is none of that name.
Assignor find_assignor(std::string_view name);

}  // namespace daybook::broker
