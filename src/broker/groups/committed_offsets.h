// Where each group goes on reading: all committed offsets in memory, each durable in the catalog
// before it is answered or read. And the pending ones, which wait for the end of their transaction:
// they are durable as well, and only their presence can be seen.
//
// Threads: any.

#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "broker/decisions.h"
#include "catalog/records.h"

namespace daybook::broker {

class CommittedOffsets {
 public:
  // `stored` and `pending` are what the catalog held at start.
  CommittedOffsets(std::vector<catalog::CommittedOffset> stored,
                   std::vector<catalog::PendingOffset> pending, Decisions& decisions);

  // Replaces what the group had committed for these partitions: all of them, or none. kNotFound if
  // a topic has been deleted meanwhile. `done` runs on the decisions' thread.
  void commit(std::vector<catalog::CommittedOffset> offsets, Decisions::Done done);

  // The same, to be committed with the transaction of this id.
  void commit_with(const std::string& transactional_id,
                   std::vector<catalog::CommittedOffset> offsets, Decisions::Done done);
  // The catalog has committed the pending offsets of this id, or forgotten them.
  void end_pending(const std::string& transactional_id, bool commit);
  bool has_pending(std::string_view group, std::string_view topic, PartitionId partition) const;
  // Which transactional ids have pending offsets of which groups.
  std::set<std::pair<std::string, std::string>> pending_groups() const;

  std::optional<catalog::CommittedOffset> find(std::string_view group, std::string_view topic,
                                               PartitionId partition) const;
  // Ordered by topic and partition.
  std::vector<catalog::CommittedOffset> of_group(std::string_view group) const;
  bool has_group(std::string_view group) const;
  std::vector<std::string> group_ids() const;  // ordered

  // Forgets these offsets, as they are and unless they are replaced before: all of them, or none.
  void forget(std::vector<catalog::CommittedOffset> offsets, Decisions::Done done);
  // Forgets all that the group has committed, and the group's own row in the catalog.
  void delete_group(const std::string& group, Decisions::Done done);

  // After the catalog has forgotten the offsets of this topic: commits that were decided before are
  // here by then, and later ones fail.
  void forget_topic(std::string_view topic);

 private:
  using Offsets = std::vector<catalog::CommittedOffset>;
  void put(const catalog::CommittedOffset& offset);  // with the lock

  using OfGroup = std::map<std::pair<std::string, std::int32_t>, catalog::CommittedOffset>;

  void erase_locked(const catalog::CommittedOffset& offset);

  Decisions& decisions_;
  mutable std::mutex mutex_;
  std::map<std::string, OfGroup, std::less<>> groups_;
  std::map<std::string, Offsets> pending_;  // by transactional id, in the order of commits
};

}  // namespace daybook::broker
