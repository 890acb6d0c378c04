// Compaction of the sealed segments: what is due, and putting what is left in their place. Only
// segments wholly below the checkpoint are touched, so nothing that a restart scans changes.
//
// Groups go in ascending order, each one durable before the next: a tombstone that goes takes no
// value's removal with it, because the values before it went earlier.

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "log/compaction/compaction_plan.h"
#include "log/compaction/segment_cleaner.h"
#include "log/compaction/segment_replacement.h"
#include "log/disk_partition.h"
#include "log/file_names.h"

namespace daybook::log {

struct DiskPartition::Dirty {
  std::vector<SegmentSummary> sealed;
  CompactionPlan plan;
  Offset from;
};

Result<Compacted> DiskPartition::compact(const CompactionLimits& limits) {
  const std::lock_guard maintaining(maintenance_mutex_);
  DAYBOOK_TRY_VOID(health());
  PartitionConfig config;
  std::unordered_map<ProducerId, ProducerTable::End> producer_ends;
  {
    const std::lock_guard appending(append_mutex_);
    config = config_;
    if (!config.compacts) return Compacted{};
    producer_ends = producers_.ends();
  }
  DAYBOOK_TRY(const std::optional<Dirty> dirty, find_dirty(config));
  if (!dirty) return Compacted{};
  DAYBOOK_TRY_VOID(checkpoint_above(dirty->sealed.back().end));

  const auto segments = std::span(dirty->sealed).first(dirty->plan.uncleanable);
  const std::int64_t records = segments.back().end - dirty->from;
  KeyMap map(static_cast<std::uint64_t>(records), limits.map_bytes);
  FilterRules rules{map, dirty->from, log_start(), clock_.wall(), config.delete_retention_ms};
  const CleaningJob job{fs_, folder_, rules, producer_ends, config.index_interval_bytes, [&] {
                          return limits.stop || !health();
                        }};
  const Offset dirty_base = segments[dirty->plan.first_dirty].base;
  DAYBOOK_TRY(auto aborted, aborted_among(segments));
  TransactionTrail walk(aborted);
  std::erase_if(aborted, [&](const AbortedEntry& entry) { return entry.last < dirty_base; });
  TransactionTrail dirty_walk(std::move(aborted));
  std::size_t mapped = dirty->plan.first_dirty;
  for (bool whole = true; whole && mapped < segments.size(); ++mapped) {
    DAYBOOK_TRY(whole,
                map_segment(job, segments[mapped], dirty->from, dirty_walk, map, rules.mapped_end));
  }
  Compacted compacted{.ran = true};
  for (const auto& group : group_segments(segments.first(mapped), config.segment_bytes)) {
    const bool with_aborted = std::ranges::any_of(
        group, [&](const SegmentSummary& segment) { return has_aborted(segment.base); });
    auto cleaned = clean_segments(job, group, walk, with_aborted);
    if (cleaned && cleaned->changed) {
      DAYBOOK_TRY_VOID(replace(group, *cleaned, with_aborted));
    } else {
      [[maybe_unused]] const Status dropped = drop_replacement(fs_, folder_, group.front().base);
    }
    if (!cleaned) return std::unexpected(cleaned.error());
    for (const SegmentSummary& segment : group) compacted.bytes_before += segment.size_bytes;
    compacted.bytes_after += cleaned->size_bytes;
  }
  DAYBOOK_TRY_VOID(advance_first_dirty(rules.mapped_end));
  return compacted;
}

// Nothing: compaction is not due.
Result<std::optional<DiskPartition::Dirty>> DiskPartition::find_dirty(
    const PartitionConfig& config) {
  Dirty dirty;
  {
    const std::lock_guard moving(front_mutex_);
    dirty.from = std::max(front_.first_dirty, front_.log_start);
  }
  DAYBOOK_TRY(dirty.sealed, kept_segments(config.min_compaction_lag_ms.count() > 0));
  dirty.sealed.pop_back();
  // Of what may still be aborted nothing is decided; and what is decided must not be forgotten.
  const Offset stable = last_stable_offset();
  DAYBOOK_TRY_VOID(make_durable(stable));
  while (!dirty.sealed.empty() && dirty.sealed.back().end > stable) dirty.sealed.pop_back();
  const TimestampMs now = clock_.wall();
  dirty.plan = plan_compaction(dirty.sealed, dirty.from, now, config);
  TimestampMs oldest = kNoTimestamp;
  if (dirty.plan.has_dirty() && config.max_compaction_lag_ms) {
    const Offset base = dirty.sealed[dirty.plan.first_dirty].base;
    DAYBOOK_TRY(const auto reader,
                SegmentReader::open(fs_, folder_, {base, nullptr, std::nullopt}));
    DAYBOOK_TRY(oldest, reader.first_timestamp());
  }
  if (!is_due(dirty.plan, oldest, now, config)) return std::nullopt;
  return dirty;
}

bool DiskPartition::has_aborted(Offset sealed) const {
  const std::lock_guard lock(mutex_);
  return with_aborted_.contains(sealed);
}

// The aborted transactions that have records in `segments`; the marker may be in a later one.
Result<std::vector<AbortedEntry>> DiskPartition::aborted_among(
    std::span<const SegmentSummary> segments) const {
  constexpr Offset kLater{std::numeric_limits<std::int64_t>::max()};
  const OffsetRange range{segments.front().base, segments.back().end};
  Segments all;
  {
    const std::lock_guard lock(mutex_);
    all = readable_segments(range.from);
  }
  std::vector<AbortedEntry> entries;
  std::vector<AbortedTransaction> later;
  for (const SegmentView& view : all.views) {
    const std::string path = offset_path(folder_, view.base, kAbortedSuffix);
    if (view.active) {
      DAYBOOK_TRY_VOID(view.active->aborted().collect(fs_, range, later));
    } else if (view.has_aborted && view.base >= range.end) {
      DAYBOOK_TRY_VOID(collect_aborted(fs_, path, range, later));
    } else if (view.has_aborted) {
      DAYBOOK_TRY(const auto own, all_aborted(fs_, path));
      entries.insert(entries.end(), own.begin(), own.end());
    }
  }
  for (const AbortedTransaction& transaction : later) {
    entries.push_back({transaction.producer, transaction.first, kLater, Offset{0}});
  }
  return entries;
}

Status DiskPartition::replace(std::span<const SegmentSummary> group, const CleanedSegment& cleaned,
                              bool with_aborted) {
  const Offset base = group.front().base;
  std::vector<Offset> replaced;
  for (const SegmentSummary& segment : group.subspan(1)) replaced.push_back(segment.base);
  // What the folder holds after a failure is for a restart to find out.
  if (const Status committed = commit_replacement(fs_, folder_, base); !committed) {
    stop(committed.error());
    return committed;
  }
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(segments_, [&](Offset each) { return std::ranges::count(replaced, each) > 0; });
    for (const Offset each : replaced) sealed_facts_.erase(each);
    for (const Offset each : replaced) with_aborted_.erase(each);
    for (const SegmentSummary& segment : group) checked_.erase(segment.base);
    if (with_aborted) with_aborted_.insert(base);
    sealed_facts_[base] = {cleaned.size_bytes, cleaned.max_timestamp};
    swapping_ = base;
    ++segments_version_;
  }
  if (const Status finished = finish_replacement(fs_, folder_, base, replaced); !finished) {
    stop(finished.error());
    return finished;
  }
  const std::lock_guard lock(mutex_);
  swapping_.reset();
  ++segments_version_;
  return {};
}

Status DiskPartition::advance_first_dirty(Offset to) {
  const std::lock_guard moving(front_mutex_);
  DAYBOOK_TRY_VOID(health());
  if (to <= front_.first_dirty) return {};
  const LogFront next{front_.log_start, to};
  DAYBOOK_TRY_VOID(write_log_front(fs_, folder_, next));
  front_ = next;
  return {};
}

}  // namespace daybook::log
