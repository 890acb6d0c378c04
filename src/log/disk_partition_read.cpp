// Reading: by offset and by time, below the high watermark.

#include <fmt/format.h>

#include <algorithm>

#include "log/disk_partition.h"

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
                     is_last ? std::optional(limit.position) : std::nullopt});
  }
  return views;
}

Result<ReadResult> DiskPartition::read(Offset from, std::size_t max_bytes,
                                       bool at_least_one_batch) const {
  ReadResult result;
  std::vector<SegmentView> segments;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return std::unexpected(closed_error());
    result.high_watermark = readable().offset;
    result.log_start = segments_.front();
    if (from < segments_.front() || from > written_.offset) {
      return fail(ErrorCode::kNotFound,
                  fmt::format("offset {} is outside of {}, which holds {} to {}", from.value,
                              folder_, segments_.front().value, written_.offset.value - 1));
    }
    if (from >= result.high_watermark) return result;
    DAYBOOK_TRY(segments, readable_segments(from));
  }
  for (SegmentView& segment : segments) {
    DAYBOOK_TRY(const auto reader, SegmentReader::open(fs_, folder_, std::move(segment)));
    DAYBOOK_TRY(const auto position, reader.find(from));
    if (!position) continue;
    DAYBOOK_TRY(result.batches, reader.read(*position, max_bytes, at_least_one_batch));
    break;
  }
  return result;
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
