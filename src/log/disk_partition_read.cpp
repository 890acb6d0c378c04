// Reading: by offset and by time, below the high watermark.

#include <fmt/format.h>

#include <algorithm>

#include "log/disk_partition.h"
#include "log/file_names.h"

namespace daybook::log {

DiskPartition::Segments DiskPartition::readable_segments(Offset from) const {
  const LogPoint limit = readable();
  Segments segments{{}, segments_version_};
  const auto above = std::ranges::upper_bound(segments_, from);
  for (auto base = above == segments_.begin() ? above : above - 1;
       base != segments_.end() && *base <= limit.segment; ++base) {
    const bool is_active = base + 1 == segments_.end();
    const bool is_last = *base == limit.segment;
    segments.views.push_back({*base, is_active ? active_ : nullptr,
                              is_last ? std::optional(limit.position) : std::nullopt,
                              with_aborted_.contains(*base), *base == swapping_});
  }
  return segments;
}

Result<DiskPartition::Segments> DiskPartition::all_readable() const {
  const std::lock_guard lock(mutex_);
  if (closed_) return std::unexpected(closed_error());
  return readable_segments(log_start_);
}

bool DiskPartition::is_current(std::uint64_t version) const {
  const std::lock_guard lock(mutex_);
  return version == segments_version_ && !closed_;
}

// Where the part of a segment ends that begins at `position` and was checked; `position` if none
// was. Of a partition that has stopped nothing is believed.
std::uint32_t DiskPartition::checked_from(Offset segment, std::uint32_t position,
                                          std::uint64_t version) const {
  const std::lock_guard lock(mutex_);
  const auto known = checked_.find(segment);
  if (version != segments_version_ || stopped_ || known == checked_.end()) return position;
  return known->second.end_from(position);
}

// Whether a part of the segment was read or appended in this process.
bool DiskPartition::was_read(Offset segment, std::uint64_t version) const {
  const std::lock_guard lock(mutex_);
  return version == segments_version_ && checked_.contains(segment);
}

void DiskPartition::note_read(Offset segment, std::uint32_t position, const CheckedBatches& batches,
                              std::uint64_t version) const {
  const std::lock_guard lock(mutex_);
  if (version != segments_version_ || stopped_ || batches.size_bytes == 0) return;
  checked_[segment].add(position, position + static_cast<std::uint32_t>(batches.size_bytes));
  if (next_places_version_ != version) next_places_ = {};
  next_places_version_ = version;
  if (batches.next) next_places_.add(segment, *batches.next);
}

Result<std::optional<BatchPlace>> DiskPartition::find_batch(const SegmentReader& segment,
                                                            Offset base, Offset from,
                                                            std::uint64_t version) const {
  {
    const std::lock_guard lock(mutex_);
    if (version == segments_version_ && version == next_places_version_ && !stopped_) {
      if (const auto known = next_places_.find(base, from)) return known;
    }
  }
  return segment.find(from);
}

Result<std::optional<SegmentReader>> DiskPartition::open_segment(const SegmentView& view,
                                                                 std::uint64_t version,
                                                                 io::Patience patience) const {
  // Nothing tells whether to open a file takes the disk. Of one that was read it hardly does.
  if (patience == io::Patience::kNone && !view.active && !was_read(view.base, version)) {
    return fail(ErrorCode::kTimedOut, "a segment that was not read yet");
  }
  auto reader = SegmentReader::open(fs_, folder_, view, patience);
  if (reader) return std::optional(*std::move(reader));
  if (reader.error().code != ErrorCode::kNotFound) return std::unexpected(reader.error());
  if (!is_current(version)) return std::nullopt;
  return fail(ErrorCode::kCorrupt, reader.error().message);
}

Result<ReadResult> DiskPartition::read(Offset from, std::size_t max_bytes, bool at_least_one_batch,
                                       Isolation isolation, Placement placement,
                                       io::Patience patience) const {
  const ReadLimits asked{.max_bytes = max_bytes, .at_least_one_batch = at_least_one_batch};
  for (;;) {
    DAYBOOK_TRY(auto result, try_read(from, asked, isolation, placement, patience));
    if (result) return *std::move(result);
  }
}

Result<std::optional<ReadResult>> DiskPartition::try_read(Offset from, const ReadLimits& asked,
                                                          Isolation isolation, Placement placement,
                                                          io::Patience patience) const {
  ReadResult result;
  Segments segments;
  ReadLimits limits = asked;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return std::unexpected(closed_error());
    result.high_watermark = readable().offset;
    result.last_stable = last_stable();
    result.log_start = log_start_;
    if (from < log_start_ || from > written_.offset) {
      return fail(ErrorCode::kNotFound,
                  fmt::format("offset {} is outside of {}, which holds {} to {}", from.value,
                              folder_, log_start_.value, written_.offset.value - 1));
    }
    if (from >= readable_end(isolation)) return result;
    segments = readable_segments(from);
  }
  if (isolation == Isolation::kCommitted) limits.below = result.last_stable;
  OffsetRange range{from, from};
  for (const SegmentView& segment : segments.views) {
    DAYBOOK_TRY(const auto reader, open_segment(segment, segments.version, patience));
    if (!reader) return std::nullopt;
    DAYBOOK_TRY(const auto first, find_batch(*reader, segment.base, from, segments.version));
    if (!first) continue;
    limits.checked_to = checked_from(segment.base, first->position, segments.version);
    DAYBOOK_TRY(CheckedBatches found, reader->read(*first, limits, placement));
    note_read(segment.base, first->position, found, segments.version);
    if (!found.is_copied()) result.in_file = {reader->log(), first->position, found.size_bytes};
    result.batches = std::move(found.copy);
    range = found.offsets;
    break;
  }
  if (isolation == Isolation::kCommitted && result.size_bytes() > 0) {
    const Status collected = collect_aborted_in(segments.views, range, patience, result.aborted);
    // The batches and what is told of them must be of one state.
    if (!is_current(segments.version)) return std::nullopt;
    if (!collected) return std::unexpected(collected.error());
  }
  return result;
}

// The aborted transactions with records in `range`.
Status DiskPartition::collect_aborted_in(const std::vector<SegmentView>& segments,
                                         OffsetRange range, io::Patience patience,
                                         std::vector<AbortedTransaction>& into) const {
  for (const SegmentView& segment : segments) {
    if (!segment.active && !segment.has_aborted) continue;
    bool complete = false;
    if (segment.active) {
      DAYBOOK_TRY(complete, segment.active->aborted().collect(fs_, range, into, patience));
    } else {
      const std::string path = offset_path(folder_, segment.base, kAbortedSuffix);
      auto found = collect_aborted(fs_, path + std::string(segment.swapped ? kSwapSuffix : ""),
                                   range, into, patience);
      if (!found && segment.swapped && found.error().code == ErrorCode::kNotFound) {
        found = collect_aborted(fs_, path, range, into, patience);  // it is in its place
      }
      DAYBOOK_TRY(complete, std::move(found));
    }
    if (complete) break;
  }
  return {};
}

Result<std::optional<TimedOffset>> DiskPartition::offset_for_time(TimestampMs from) const {
  for (;;) {
    const Offset at_least = log_start();
    DAYBOOK_TRY(const Segments segments, all_readable());
    bool changed = false;
    for (const SegmentView& segment : segments.views) {
      DAYBOOK_TRY(const auto reader, open_segment(segment, segments.version));
      if ((changed = !reader)) break;
      if (!segment.limit) {
        DAYBOOK_TRY(const TimestampMs max, reader->max_timestamp());
        if (max < from) continue;
      }
      DAYBOOK_TRY(const auto found, reader->find_time(from, at_least));
      if (found) return found;
    }
    if (!changed) return std::nullopt;
  }
}

Result<std::optional<TimedOffset>> DiskPartition::offset_of_max_timestamp() const {
  TimestampMs max = kNoTimestamp;
  for (bool changed = true; changed;) {
    max = kNoTimestamp;
    const Offset at_least = log_start();
    DAYBOOK_TRY(const Segments segments, all_readable());
    changed = false;
    for (const SegmentView& segment : segments.views) {
      DAYBOOK_TRY(const auto reader, open_segment(segment, segments.version));
      if ((changed = !reader)) break;
      // In the first segment the latest record may be one of those that were deleted.
      DAYBOOK_TRY(const TimestampMs own, segment.base < at_least
                                             ? reader->max_timestamp_from(at_least)
                                             : reader->max_timestamp());
      max = std::max(max, own);
    }
  }
  if (max == kNoTimestamp) return std::nullopt;
  return offset_for_time(max);
}

}  // namespace daybook::log
