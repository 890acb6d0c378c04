// Reading: by offset and by time, below the high watermark.

#include <fmt/format.h>

#include <algorithm>

#include "log/disk_partition.h"
#include "log/file_names.h"
#include "wire/record_batch.h"

namespace daybook::log {

Result<std::vector<SegmentView>> DiskPartition::readable_segments(Offset from) const {
  const LogPoint limit = readable();
  std::vector<SegmentView> views;
  const auto above = std::ranges::upper_bound(segments_, from);
  for (auto base = above == segments_.begin() ? above : above - 1;
       base != segments_.end() && *base <= limit.segment; ++base) {
    const bool is_active = base + 1 == segments_.end();
    const bool is_last = *base == limit.segment;
    views.push_back({*base, is_active ? active_ : nullptr,
                     is_last ? std::optional(limit.position) : std::nullopt,
                     with_aborted_.contains(*base)});
  }
  return views;
}

Result<ReadResult> DiskPartition::read(Offset from, std::size_t max_bytes, bool at_least_one_batch,
                                       Isolation isolation) const {
  ReadResult result;
  std::vector<SegmentView> segments;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return std::unexpected(closed_error());
    result.high_watermark = readable().offset;
    result.last_stable = last_stable();
    result.log_start = segments_.front();
    if (from < segments_.front() || from > written_.offset) {
      return fail(ErrorCode::kNotFound,
                  fmt::format("offset {} is outside of {}, which holds {} to {}", from.value,
                              folder_, segments_.front().value, written_.offset.value - 1));
    }
    if (from >= readable_end(isolation)) return result;
    DAYBOOK_TRY(segments, readable_segments(from));
  }
  for (const SegmentView& segment : segments) {
    DAYBOOK_TRY(const auto reader, SegmentReader::open(fs_, folder_, segment));
    DAYBOOK_TRY(const auto position, reader.find(from));
    if (!position) continue;
    DAYBOOK_TRY(result.batches, reader.read(*position, max_bytes, at_least_one_batch));
    break;
  }
  if (isolation == Isolation::kCommitted && !result.batches.empty()) {
    DAYBOOK_TRY_VOID(collect_aborted_in(segments, result));
  }
  return result;
}

// Cuts the batches at the last stable offset, and finds the aborted transactions among the rest.
Status DiskPartition::collect_aborted_in(const std::vector<SegmentView>& segments,
                                         ReadResult& result) const {
  const BytesView all = result.batches;
  const Offset first = wire::BatchView(all).base_offset();
  OffsetRange range{first, first};
  std::size_t stable_bytes = 0;
  while (stable_bytes < all.size()) {
    const auto batch = wire::frame_batch(all.subspan(stable_bytes));
    if (!batch || batch->base_offset() >= result.last_stable) break;
    range.end = batch->next_offset();
    stable_bytes += batch->size_bytes();
  }
  result.batches.resize(stable_bytes);
  for (const SegmentView& segment : segments) {
    if (!segment.active && !segment.has_aborted) continue;
    bool complete = false;
    if (segment.active) {
      DAYBOOK_TRY(complete, segment.active->aborted().collect(fs_, range, result.aborted));
    } else {
      const std::string path = offset_path(folder_, segment.base, kAbortedSuffix);
      DAYBOOK_TRY(complete, collect_aborted(fs_, path, range, result.aborted));
    }
    if (complete) break;
  }
  return {};
}

Result<std::optional<TimedOffset>> DiskPartition::offset_for_time(TimestampMs from) const {
  std::vector<SegmentView> segments;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return std::unexpected(closed_error());
    DAYBOOK_TRY(segments, readable_segments(segments_.front()));
  }
  for (const SegmentView& segment : segments) {
    DAYBOOK_TRY(const auto reader, SegmentReader::open(fs_, folder_, segment));
    if (!segment.limit) {
      DAYBOOK_TRY(const TimestampMs max, reader.max_timestamp());
      if (max < from) continue;
    }
    DAYBOOK_TRY(const auto found, reader.find_time(from));
    if (found) return found;
  }
  return std::nullopt;
}

Result<std::optional<TimedOffset>> DiskPartition::offset_of_max_timestamp() const {
  std::vector<SegmentView> segments;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return std::unexpected(closed_error());
    DAYBOOK_TRY(segments, readable_segments(segments_.front()));
  }
  TimestampMs max = kNoTimestamp;
  for (const SegmentView& segment : segments) {
    DAYBOOK_TRY(const auto reader, SegmentReader::open(fs_, folder_, segment));
    DAYBOOK_TRY(const TimestampMs own, reader.max_timestamp());
    max = std::max(max, own);
  }
  if (max == kNoTimestamp) return std::nullopt;
  return offset_for_time(max);
}

}  // namespace daybook::log
