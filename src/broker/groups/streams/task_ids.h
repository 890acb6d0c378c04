// Tasks as the protocol tells them.

#pragma once

#include <vector>

#include "broker/groups/streams/task_sets.h"
#include "wire/apis/groups/streams_parts.h"

namespace daybook::broker {

inline std::vector<wire::StreamsTaskIds> to_ids(const TaskSets& sets) {
  std::vector<wire::StreamsTaskIds> ids;
  for (const auto& [subtopology, partitions] : sets) {
    auto& of_one = ids.emplace_back();
    of_one.subtopology_id = subtopology;
    for (const std::int32_t partition : partitions) {
      of_one.partitions.push_back(PartitionId{partition});
    }
  }
  return ids;
}

}  // namespace daybook::broker
