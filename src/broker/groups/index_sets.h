// Sets of indexes by what they belong to, and what reconciling assignments does with them: the
// partitions of several topics, or the tasks of several subtopologies. What has none has no entry.

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <type_traits>

namespace daybook::broker {

template <class Id>
using IndexSets = std::map<Id, std::set<std::int32_t>>;

template <class Id>
bool contains(const IndexSets<Id>& sets, const std::type_identity_t<Id>& id, std::int32_t index) {
  const auto found = sets.find(id);
  return found != sets.end() && found->second.contains(index);
}

template <class Id>
bool contains_all(const IndexSets<Id>& sets, const IndexSets<Id>& part) {
  for (const auto& [id, indexes] : part) {
    for (const std::int32_t index : indexes) {
      if (!contains(sets, id, index)) return false;
    }
  }
  return true;
}

template <class Id>
bool share_any(const IndexSets<Id>& a, const IndexSets<Id>& b) {
  for (const auto& [id, indexes] : a) {
    for (const std::int32_t index : indexes) {
      if (contains(b, id, index)) return true;
    }
  }
  return false;
}

// Those for which `wanted(id, index)`.
template <class Id, class Wanted>
IndexSets<Id> filtered(const IndexSets<Id>& sets, Wanted wanted) {
  IndexSets<Id> result;
  for (const auto& [id, indexes] : sets) {
    for (const std::int32_t index : indexes) {
      if (wanted(id, index)) result[id].insert(index);
    }
  }
  return result;
}

template <class Id>
void add_all(IndexSets<Id>& sets, const IndexSets<Id>& more) {
  for (const auto& [id, indexes] : more) sets[id].insert(indexes.begin(), indexes.end());
}

template <class Id>
std::size_t count_of(const IndexSets<Id>& sets) {
  std::size_t count = 0;
  for (const auto& [id, indexes] : sets) count += indexes.size();
  return count;
}

}  // namespace daybook::broker
