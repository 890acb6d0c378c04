// Tasks of several subtopologies as sets, active ones and standbys.

#pragma once

#include <cstdint>

#include "broker/groups/index_sets.h"
#include "catalog/records.h"

namespace daybook::broker {

using catalog::Tasks;
using catalog::TaskSets;  // by subtopology

// visit(subtopology, partition) for each.
template <class Visit>
void for_each_task(const TaskSets& sets, Visit visit) {
  for (const auto& [subtopology, partitions] : sets) {
    for (const std::int32_t partition : partitions) visit(subtopology, partition);
  }
}

inline bool contains_all(const Tasks& tasks, const Tasks& part) {
  return contains_all(tasks.active, part.active) && contains_all(tasks.standby, part.standby);
}
inline bool share_any(const Tasks& a, const Tasks& b) {
  return share_any(a.active, b.active) || share_any(a.standby, b.standby);
}

// Those that are also in `others`, or those that are not.
inline TaskSets common(const TaskSets& sets, const TaskSets& others) {
  return filtered(sets, [&](const auto&... task) { return contains(others, task...); });
}
inline TaskSets without(const TaskSets& sets, const TaskSets& others) {
  return filtered(sets, [&](const auto&... task) { return !contains(others, task...); });
}

inline bool empty(const Tasks& tasks) {
  return tasks.active.empty() && tasks.standby.empty();
}

}  // namespace daybook::broker
