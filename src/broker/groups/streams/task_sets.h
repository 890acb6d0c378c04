// Tasks of several subtopologies as sets, and what reconciling assignments does with them.

#pragma once

#include <cstdint>
#include <string>

#include "catalog/records.h"

namespace daybook::broker {

using catalog::Tasks;
using catalog::TaskSets;

inline bool contains(const TaskSets& sets, const std::string& subtopology, std::int32_t partition) {
  const auto found = sets.find(subtopology);
  return found != sets.end() && found->second.contains(partition);
}

// visit(subtopology, partition) for each.
template <class Visit>
void for_each_task(const TaskSets& sets, Visit visit) {
  for (const auto& [subtopology, partitions] : sets) {
    for (const std::int32_t partition : partitions) visit(subtopology, partition);
  }
}

inline bool contains_all(const TaskSets& sets, const TaskSets& part) {
  bool all = true;
  for_each_task(part, [&](const std::string& subtopology, std::int32_t partition) {
    all = all && contains(sets, subtopology, partition);
  });
  return all;
}
inline bool contains_all(const Tasks& tasks, const Tasks& part) {
  return contains_all(tasks.active, part.active) && contains_all(tasks.standby, part.standby);
}

inline bool share_any(const TaskSets& a, const TaskSets& b) {
  bool any = false;
  for_each_task(a, [&](const std::string& subtopology, std::int32_t partition) {
    any = any || contains(b, subtopology, partition);
  });
  return any;
}
inline bool share_any(const Tasks& a, const Tasks& b) {
  return share_any(a.active, b.active) || share_any(a.standby, b.standby);
}

// Those for which `wanted(subtopology, partition)`.
template <class Wanted>
TaskSets tasks_that(const TaskSets& sets, Wanted wanted) {
  TaskSets result;
  for_each_task(sets, [&](const std::string& subtopology, std::int32_t partition) {
    if (wanted(subtopology, partition)) result[subtopology].insert(partition);
  });
  return result;
}

// Those that are also in `others`, or those that are not.
inline TaskSets common(const TaskSets& sets, const TaskSets& others) {
  return tasks_that(sets, [&](const auto&... task) { return contains(others, task...); });
}
inline TaskSets without(const TaskSets& sets, const TaskSets& others) {
  return tasks_that(sets, [&](const auto&... task) { return !contains(others, task...); });
}

inline void add_all(TaskSets& sets, const TaskSets& more) {
  for (const auto& [subtopology, partitions] : more) {
    sets[subtopology].insert(partitions.begin(), partitions.end());
  }
}

inline bool empty(const Tasks& tasks) {
  return tasks.active.empty() && tasks.standby.empty();
}

}  // namespace daybook::broker
