// Which part of a partition compaction may look at, whether it is worth while, and what is merged
// with what. Apache Kafka's rules. Pure.
//
//   log start      first dirty                      uncleanable            end
//   | clean: has been compacted | dirty: keys are read here | not yet: the active segment, what is
//                                                             younger than min.compaction.lag.ms
//
// It is worth while if the dirty part is more than min.cleanable.dirty.ratio of both, or if the
// oldest of it has waited for max.compaction.lag.ms.

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/ids.h"
#include "log/config.h"
#include "log/segment/segment_summary.h"

namespace daybook::log {

struct CompactionPlan {
  std::size_t first_dirty = 0;  // number of the segment where the dirty part begins
  std::size_t uncleanable = 0;  // of the first that may not be looked at; none dirty: the same
  std::uint64_t clean_bytes = 0;
  std::uint64_t dirty_bytes = 0;

  bool has_dirty() const { return first_dirty < uncleanable; }
  double dirty_ratio() const;
};

// `sealed` are the segments but the active one, ascending.
CompactionPlan plan_compaction(std::span<const SegmentSummary> sealed, Offset first_dirty,
                               TimestampMs now, const PartitionConfig& config);

// `first_dirty_time` is the timestamp of the first batch of the dirty part.
bool is_due(const CompactionPlan& plan, TimestampMs first_dirty_time, TimestampMs now,
            const PartitionConfig& config);

// Neighbours that are small enough for one segment together, even if nothing of them goes.
std::vector<std::span<const SegmentSummary>> group_segments(std::span<const SegmentSummary> sealed,
                                                            std::uint64_t segment_bytes);

}  // namespace daybook::log
