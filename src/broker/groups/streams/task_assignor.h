// Which member runs which tasks. Members differ by at most one active task; as few active tasks as
// possible change hands, and those that must go to members that have their state already, as
// standbys, if they have room. Standbys of a task are on other processes than its active one and
// than each other, on members that had them if these have room, and on those with the least to do
// otherwise.
//
// Threads: any; there is no state.

#pragma once

#include <map>
#include <string>
#include <vector>

#include "broker/groups/streams/task_sets.h"
#include "broker/groups/streams/topology.h"

namespace daybook::broker {

struct TaskMember {
  std::string id;
  std::string process_id;
  Tasks current;  // what it has been assigned so far
};

// One for each member, in their order. Tasks of subtopologies without state have no standbys.
std::vector<Tasks> assign_tasks(const std::vector<TaskMember>& members,
                                const std::map<std::string, ConfiguredSubtopology>& subtopologies,
                                std::int32_t standby_replicas);

}  // namespace daybook::broker
