// Where each group goes on reading: all committed offsets in memory, each durable in the catalog
// before it is answered or read.
//
// Threads: any.

#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "broker/decisions.h"
#include "catalog/records.h"

namespace daybook::broker {

class CommittedOffsets {
 public:
  // `stored` is what the catalog held at start.
  CommittedOffsets(std::vector<catalog::CommittedOffset> stored, Decisions& decisions);

  // Replaces what the group had committed for these partitions: all of them, or none. kNotFound if
  // a topic has been deleted meanwhile. `done` runs on the decisions' thread.
  void commit(std::vector<catalog::CommittedOffset> offsets, Decisions::Done done);

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
  using OfGroup = std::map<std::pair<std::string, std::int32_t>, catalog::CommittedOffset>;

  void erase_locked(const catalog::CommittedOffset& offset);

  Decisions& decisions_;
  mutable std::mutex mutex_;
  std::map<std::string, OfGroup, std::less<>> groups_;
};

}  // namespace daybook::broker
