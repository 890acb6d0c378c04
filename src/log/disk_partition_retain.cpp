// What leaves the log at the front: deleted records, and segments that nothing keeps any more.
//
// The order that makes a crash harmless: the log below the new start is durable; then the new start
// is; then a checkpoint above what goes is; then the files go, the log file of a segment last.

#include <fmt/format.h>

#include <algorithm>

#include "log/disk_partition.h"
#include "log/file_names.h"

namespace daybook::log {

Status DiskPartition::delete_records(Offset before) {
  const Offset limit = high_watermark();
  if (before > limit) {
    return fail(ErrorCode::kNotFound,
                fmt::format("cannot delete the records below offset {} of {}: the high watermark "
                            "is {}",
                            before.value, folder_, limit.value));
  }
  return advance_log_start(before);
}

Status DiskPartition::advance_log_start(Offset to) {
  const std::lock_guard moving(front_mutex_);
  DAYBOOK_TRY_VOID(health());
  if (to <= front_.log_start) return {};
  // With Durability::kOs a power cut could leave the log to end below where it begins.
  DAYBOOK_TRY_VOID(make_durable(to));
  const LogFront next{to, std::max(front_.first_dirty, to)};
  DAYBOOK_TRY_VOID(write_log_front(fs_, folder_, next));
  front_ = next;
  const std::lock_guard lock(mutex_);
  log_start_ = to;
  return {};
}

Status DiskPartition::make_durable(Offset end) {
  {
    const std::lock_guard lock(mutex_);
    if (end <= durable_.offset) return {};
  }
  const Status synced = sync_written();
  if (!synced) stop(synced.error());
  return synced;
}

Result<Reclaimed> DiskPartition::enforce_retention() {
  const std::lock_guard maintaining(maintenance_mutex_);
  DAYBOOK_TRY_VOID(health());
  PartitionConfig config;
  {
    const std::lock_guard appending(append_mutex_);
    config = config_;
  }
  DAYBOOK_TRY(const Offset point, retention_point(config));
  if (point > log_start()) DAYBOOK_TRY_VOID(advance_log_start(point));
  return remove_below_log_start();
}

// The end of the last segment at the front that nothing keeps.
Result<Offset> DiskPartition::retention_point(const PartitionConfig& config) {
  const Offset start = log_start();
  if (!config.deletes || (!config.retention_ms && !config.retention_bytes)) return start;
  DAYBOOK_TRY(const std::vector<SegmentSummary> kept,
              kept_segments(config.retention_ms.has_value()));
  std::uint64_t total = 0;
  for (const SegmentSummary& segment : kept) total += segment.size_bytes;
  const std::int64_t now = clock_.wall().value;
  const Offset limit = high_watermark();
  const SegmentSummary* last = nullptr;
  bool by_time = config.retention_ms.has_value();
  bool by_size = config.retention_bytes.has_value();
  for (const SegmentSummary& segment : kept) {
    if (segment.size_bytes == 0 || segment.end > limit) break;
    // A segment without any timestamp says nothing about its age.
    by_time = by_time && segment.max_timestamp != kNoTimestamp &&
              now - segment.max_timestamp.value > config.retention_ms->count();
    by_size = by_size && total - segment.size_bytes >= *config.retention_bytes;
    if (!by_time && !by_size) break;
    total -= segment.size_bytes;
    last = &segment;
  }
  if (!last) return start;
  if (last == &kept.back()) {
    DAYBOOK_TRY(const bool sealed, seal_at(last->end));
    if (!sealed) return std::max(start, last->base);
  }
  return std::max(start, last->end);
}

Result<std::vector<SegmentSummary>> DiskPartition::kept_segments(bool with_times) const {
  std::vector<SegmentSummary> kept;
  {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < segments_.size(); ++i) {
      const bool is_active = i + 1 == segments_.size();
      kept.push_back({segments_[i], is_active ? written_.offset : segments_[i + 1]});
    }
    kept.back().size_bytes = written_.position;
    kept.back().max_timestamp = active_->max_timestamp();
  }
  for (SegmentSummary& segment : std::span(kept).first(kept.size() - 1)) {
    DAYBOOK_TRY(const SealedFacts facts, facts_of(segment.base, with_times));
    segment.size_bytes = facts.size_bytes;
    segment.max_timestamp = facts.max_timestamp.value_or(kNoTimestamp);
  }
  return kept;
}

Result<DiskPartition::SealedFacts> DiskPartition::facts_of(Offset base, bool with_time) const {
  std::uint64_t version = 0;
  {
    const std::lock_guard lock(mutex_);
    version = segments_version_;
    const auto known = sealed_facts_.find(base);
    if (known != sealed_facts_.end() && (!with_time || known->second.max_timestamp)) {
      return known->second;
    }
  }
  DAYBOOK_TRY(const auto reader, open_segment({base, nullptr, std::nullopt}, version));
  SealedFacts facts;
  if (!reader) return facts;  // removed meanwhile
  facts.size_bytes = reader->limit();
  if (with_time) {
    DAYBOOK_TRY(facts.max_timestamp, reader->max_timestamp());
  }
  const std::lock_guard lock(mutex_);
  if (version == segments_version_) sealed_facts_[base] = facts;
  return facts;
}

Result<std::uint64_t> DiskPartition::size_bytes() const {
  DAYBOOK_TRY(const std::vector<SegmentSummary> kept, kept_segments(false));
  std::uint64_t total = 0;
  for (const SegmentSummary& segment : kept) total += segment.size_bytes;
  return total;
}

// Seals the active segment, unless more was appended than what ends at `end`.
Result<bool> DiskPartition::seal_at(Offset end) {
  const std::lock_guard appending(append_mutex_);
  DAYBOOK_TRY_VOID(health());
  if (written_.offset != end || active_->size_bytes() == 0) return false;
  if (const Status rolled = roll(); !rolled) {
    if (rolled.error().code != ErrorCode::kNoSpace) stop(rolled.error());
    return std::unexpected(rolled.error());
  }
  return true;
}

Result<Reclaimed> DiskPartition::remove_below_log_start() {
  Offset first_kept;
  bool any = false;
  {
    const std::lock_guard lock(mutex_);
    const auto above = std::ranges::upper_bound(segments_, log_start_);
    first_kept = above == segments_.begin() ? segments_.front() : *(above - 1);
    any = first_kept > segments_.front();
  }
  if (!any) return remove_files();
  DAYBOOK_TRY_VOID(checkpoint_above(first_kept));
  DAYBOOK_TRY(const std::vector<SegmentSummary> kept, kept_segments(false));
  for (const SegmentSummary& segment : kept) {
    if (segment.base < first_kept) doomed_.emplace_back(segment.base, segment.size_bytes);
  }
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(segments_, [&](Offset base) { return base < first_kept; });
    std::erase_if(sealed_facts_, [&](const auto& entry) { return entry.first < first_kept; });
    std::erase_if(with_aborted_, [&](Offset base) { return base < first_kept; });
    std::erase_if(checked_, [&](const auto& entry) { return entry.first < first_kept; });
    ++segments_version_;
  }
  return remove_files();
}

// A restart looks for a checkpoint, and for the durable end, among what is left.
Status DiskPartition::checkpoint_above(Offset base) {
  {
    const std::lock_guard appending(append_mutex_);
    const std::lock_guard lock(mutex_);
    if (checkpoint_ >= base && durable_.segment >= base) return {};
  }
  const Status done = checkpoint();
  if (!done && done.error().code != ErrorCode::kNoSpace) stop(done.error());
  return done;
}

// What cannot be removed now is tried again the next time.
Result<Reclaimed> DiskPartition::remove_files() {
  Reclaimed reclaimed;
  while (!doomed_.empty()) {
    const auto [base, size_bytes] = doomed_.back();
    for (const std::string_view suffix :
         {kIndexSuffix, kTimeIndexSuffix, kAbortedSuffix, kLogSuffix}) {
      const Status removed = fs_.remove(offset_path(folder_, base, suffix));
      if (!removed && removed.error().code != ErrorCode::kNotFound) {
        return std::unexpected(removed.error());
      }
    }
    doomed_.pop_back();
    ++reclaimed.segments;
    reclaimed.bytes += size_bytes;
  }
  return reclaimed;
}

}  // namespace daybook::log
