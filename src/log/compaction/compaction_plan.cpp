#include "log/compaction/compaction_plan.h"

#include <limits>

namespace daybook::log {

double CompactionPlan::dirty_ratio() const {
  const std::uint64_t total = clean_bytes + dirty_bytes;
  return total == 0 ? 0 : static_cast<double>(dirty_bytes) / static_cast<double>(total);
}

CompactionPlan plan_compaction(std::span<const SegmentSummary> sealed, Offset first_dirty,
                               TimestampMs now, const PartitionConfig& config) {
  CompactionPlan plan;
  const std::int64_t lag = config.min_compaction_lag_ms.count();
  for (const SegmentSummary& segment : sealed) {
    if (segment.end <= first_dirty) {
      plan.clean_bytes += segment.size_bytes;
      plan.first_dirty = ++plan.uncleanable;
      continue;
    }
    if (lag > 0 && segment.max_timestamp.value > now.value - lag) break;
    plan.dirty_bytes += segment.size_bytes;
    ++plan.uncleanable;
  }
  return plan;
}

bool is_due(const CompactionPlan& plan, TimestampMs first_dirty_time, TimestampMs now,
            const PartitionConfig& config) {
  if (!plan.has_dirty()) return false;
  if (plan.dirty_ratio() > config.min_dirty_ratio) return true;
  return config.max_compaction_lag_ms && first_dirty_time != kNoTimestamp &&
         now.value - first_dirty_time.value > config.max_compaction_lag_ms->count();
}

std::vector<std::span<const SegmentSummary>> group_segments(std::span<const SegmentSummary> sealed,
                                                            std::uint64_t segment_bytes) {
  std::vector<std::span<const SegmentSummary>> groups;
  std::size_t first = 0;
  std::uint64_t size_bytes = 0;
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    const bool fits =
        size_bytes + sealed[i].size_bytes <= segment_bytes &&
        sealed[i].end - sealed[first].base <= std::numeric_limits<std::int32_t>::max();
    if (i > first && !fits) {
      groups.push_back(sealed.subspan(first, i - first));
      first = i;
      size_bytes = 0;
    }
    size_bytes += sealed[i].size_bytes;
  }
  if (first < sealed.size()) groups.push_back(sealed.subspan(first));
  return groups;
}

}  // namespace daybook::log
