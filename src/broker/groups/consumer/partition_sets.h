// Partitions of several topics as sets, and what reconciling assignments does with them.

#pragma once

#include <cstdint>
#include <map>
#include <set>

#include "base/uuid.h"
#include "catalog/records.h"

namespace daybook::broker {

// By topic id. A topic without partitions has no entry.
using catalog::PartitionSets;

inline bool contains(const PartitionSets& sets, const Uuid& topic, std::int32_t partition) {
  const auto found = sets.find(topic);
  return found != sets.end() && found->second.contains(partition);
}

inline bool contains_all(const PartitionSets& sets, const PartitionSets& part) {
  for (const auto& [topic, partitions] : part) {
    for (const std::int32_t partition : partitions) {
      if (!contains(sets, topic, partition)) return false;
    }
  }
  return true;
}

inline bool share_any(const PartitionSets& a, const PartitionSets& b) {
  for (const auto& [topic, partitions] : a) {
    for (const std::int32_t partition : partitions) {
      if (contains(b, topic, partition)) return true;
    }
  }
  return false;
}

// Those for which `wanted(topic, partition)`.
template <class Wanted>
PartitionSets filtered(const PartitionSets& sets, Wanted wanted) {
  PartitionSets result;
  for (const auto& [topic, partitions] : sets) {
    for (const std::int32_t partition : partitions) {
      if (wanted(topic, partition)) result[topic].insert(partition);
    }
  }
  return result;
}

inline void add_all(PartitionSets& sets, const PartitionSets& more) {
  for (const auto& [topic, partitions] : more) {
    sets[topic].insert(partitions.begin(), partitions.end());
  }
}

inline std::size_t count_of(const PartitionSets& sets) {
  std::size_t count = 0;
  for (const auto& [topic, partitions] : sets) count += partitions.size();
  return count;
}

}  // namespace daybook::broker
