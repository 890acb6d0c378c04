#include "log/segment/segment_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "log/file_names.h"
#include "log/segment/active_segment.h"
#include "log/segment/sparse_index.h"
#include "wire/record_reader.h"

namespace daybook::log {
namespace {

// Headers are read this much at a time: about what lies between two index entries.
constexpr std::size_t kWalkBufferBytes = 4096;

// Batches are checked this much at a time; what needs one piece only is copied.
constexpr std::size_t kPieceBytes = std::size_t{64} << 10;

// Where a piece lies while it is checked. It is the thread's own, so that all pieces pass through
// the same lines of its processor's cache; a batch that does not fit has memory of its own.
class Room {
 public:
  MutableBytes of(std::size_t size_bytes) {
    if (size_bytes <= kPieceBytes) {
      thread_local const auto kept = std::make_unique_for_overwrite<std::byte[]>(kPieceBytes);
      return {kept.get(), size_bytes};
    }
    large_ = std::make_unique_for_overwrite<std::byte[]>(size_bytes);
    return {large_.get(), size_bytes};
  }

 private:
  std::unique_ptr<std::byte[]> large_;
};

// Of the batch of which `front` is the beginning.
std::size_t size_of_front(BytesView front) {
  if (front.size() < wire::kBatchPrefixSizeBytes) return wire::kBatchHeaderSizeBytes;
  const auto length = load_be<std::int32_t>(front.data() + wire::batch_layout::kLengthAt);
  return wire::kBatchPrefixSizeBytes + static_cast<std::size_t>(length);
}

// The index of a sealed segment; null if it is missing: lookups then walk from the front.
Result<std::unique_ptr<io::File>> open_index(io::FileSystem& fs, const std::string& path) {
  auto file = fs.open(path, io::OpenMode::kRead);
  if (!file && file.error().code == ErrorCode::kNotFound) return nullptr;
  return file;
}

template <class Entry>
Result<std::optional<Entry>> floor_sealed(io::FileSystem& fs, const std::string& path,
                                          typename Entry::Key key, SearchField<Entry> field,
                                          io::Patience patience) {
  DAYBOOK_TRY(const auto file, open_index(fs, path));
  if (!file) return std::nullopt;
  DAYBOOK_TRY(const std::uint64_t size, file->size());
  return floor_in_file<Entry>(*file, static_cast<std::uint32_t>(size / Entry::kSizeBytes), key,
                              field, patience);
}

std::int32_t clamp_to_int32(std::int64_t value) {
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(
      value, std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()));
}

}  // namespace

// A walk over batch headers. `header` is at `position`; `behind` is where the next one is.
struct SegmentReader::Walk {
  explicit Walk(std::uint32_t from) : behind(from) {}
  std::uint32_t position = 0;
  std::uint32_t behind;
  wire::BatchView header;
  std::uint32_t size_bytes = 0;
  Offset at_least{0};

  std::array<std::byte, kWalkBufferBytes> buffer;
  std::uint32_t buffer_at = 0;
  std::size_t buffer_bytes = 0;
};

Result<SegmentReader> SegmentReader::open(io::FileSystem& fs, const std::string& folder,
                                          SegmentView segment, io::Patience patience) {
  std::shared_ptr<io::File> log;
  if (segment.active) {
    log = segment.active->log();
  } else {
    const std::string path = offset_path(folder, segment.base, kLogSuffix);
    auto opened = segment.swapped ? fs.open(path + std::string(kSwapSuffix), io::OpenMode::kRead)
                                  : fs.open(path, io::OpenMode::kRead);
    if (!opened && segment.swapped && opened.error().code == ErrorCode::kNotFound) {
      opened = fs.open(path, io::OpenMode::kRead);  // it is in its place
    }
    DAYBOOK_TRY(log, std::move(opened));
  }
  std::uint32_t limit = 0;
  if (segment.limit) {
    limit = *segment.limit;
  } else {
    DAYBOOK_TRY(const std::uint64_t size, log->size());
    limit = static_cast<std::uint32_t>(std::min<std::uint64_t>(size, kMaxSegmentBytes));
  }
  return SegmentReader(fs, folder, std::move(segment), std::move(log), limit, patience);
}

SegmentReader::SegmentReader(io::FileSystem& fs, std::string folder, SegmentView segment,
                             std::shared_ptr<io::File> log, std::uint32_t limit,
                             io::Patience patience)
    : fs_(&fs),
      folder_(std::move(folder)),
      segment_(std::move(segment)),
      log_(std::move(log)),
      limit_(limit),
      patience_(patience) {}

std::unexpected<Error> SegmentReader::corrupt(std::uint32_t position,
                                              std::string_view found) const {
  return fail(ErrorCode::kCorrupt,
              fmt::format("cannot read {} at byte {}: {}; the file has changed since it was "
                          "written: restore it from a copy",
                          offset_path(folder_, segment_.base, kLogSuffix), position, found));
}

std::string SegmentReader::index_path(std::string_view suffix) const {
  return offset_path(folder_, segment_.base, suffix) +
         std::string(segment_.swapped ? kSwapSuffix : "");
}

Result<bool> SegmentReader::next(Walk& walk) const {
  walk.position = walk.behind;
  if (walk.position >= limit_) return false;
  const std::size_t skipped = walk.position - walk.buffer_at;
  if (walk.position < walk.buffer_at || skipped + wire::kBatchHeaderSizeBytes > walk.buffer_bytes) {
    const std::size_t wanted = std::min<std::size_t>(walk.buffer.size(), limit_ - walk.position);
    DAYBOOK_TRY(walk.buffer_bytes,
                log_->read_at(walk.position, MutableBytes(walk.buffer).first(wanted), patience_));
    walk.buffer_at = walk.position;
    if (walk.buffer_bytes < std::min(wanted, wire::kBatchHeaderSizeBytes)) {
      return corrupt(walk.position, "the end of the file");
    }
  }
  const BytesView there =
      BytesView(walk.buffer).first(walk.buffer_bytes).subspan(walk.position - walk.buffer_at);
  if (there.size() < wire::kBatchHeaderSizeBytes) {
    return corrupt(walk.position, "too few bytes for a batch");
  }
  walk.header = wire::BatchView(there.first(wire::kBatchHeaderSizeBytes));
  const auto length = load_be<std::int32_t>(there.data() + wire::batch_layout::kLengthAt);
  const std::int64_t size = std::int64_t{length} + std::int64_t{wire::kBatchPrefixSizeBytes};
  if (walk.header.magic() != wire::kBatchMagic ||
      size < std::int64_t{wire::kBatchHeaderSizeBytes} || size > limit_ - walk.position) {
    return corrupt(walk.position,
                   fmt::format("no batch (format {}, {} bytes)", walk.header.magic(), size));
  }
  if (walk.header.base_offset() < walk.at_least) {
    return corrupt(walk.position,
                   fmt::format("a batch with base offset {} behind offset {}",
                               walk.header.base_offset().value, walk.at_least.value - 1));
  }
  walk.at_least = walk.header.next_offset();
  walk.size_bytes = static_cast<std::uint32_t>(size);
  walk.behind = walk.position + walk.size_bytes;
  return true;
}

Result<SegmentReader::Walk> SegmentReader::walk_to(std::int64_t delta) const {
  return walk_by(clamp_to_int32(delta), &OffsetEntry::key);
}

Result<SegmentReader::Walk> SegmentReader::walk_by(OffsetEntry::Key key,
                                                   SearchField<OffsetEntry> field) const {
  std::optional<OffsetEntry> entry;
  if (segment_.active) {
    DAYBOOK_TRY(entry, segment_.active->offsets().floor(*fs_, key, field, patience_));
  } else {
    const std::string path = index_path(kIndexSuffix);
    DAYBOOK_TRY(entry, floor_sealed<OffsetEntry>(*fs_, path, key, field, patience_));
  }
  if (entry && entry->position > 0) {
    Walk walk(static_cast<std::uint32_t>(entry->position));
    const auto there = next(walk);
    if (!there && there.error().code != ErrorCode::kCorrupt) {
      return std::unexpected(there.error());
    }
    // The active segment's own index may be ahead of the limit.
    if (there && !*there && segment_.active) return Walk(limit_);
    if (there && *there && walk.header.last_offset() == segment_.base + entry->last_offset_delta) {
      walk.behind = walk.position;
      walk.at_least = Offset{0};
      return walk;
    }
  }
  return Walk(0);
}

Result<std::optional<BatchPlace>> SegmentReader::find(Offset from) const {
  DAYBOOK_TRY(Walk walk, walk_to(from - segment_.base));
  for (;;) {
    DAYBOOK_TRY(const bool more, next(walk));
    if (!more) return std::nullopt;
    if (walk.header.last_offset() >= from) {
      return BatchPlace{walk.position, walk.header.base_offset()};
    }
  }
}

Status SegmentReader::check(const wire::BatchView& batch, std::uint32_t position,
                            Offset at_least) const {
  if (batch.base_offset() < at_least) {
    return corrupt(position, fmt::format("a batch with base offset {} behind offset {}",
                                         batch.base_offset().value, at_least.value - 1));
  }
  if (const std::uint32_t computed = batch.computed_crc(); computed != batch.crc()) {
    return corrupt(position, fmt::format("a batch with CRC {:08x} whose bytes give {:08x}",
                                         batch.crc(), computed));
  }
  return {};
}

Result<std::size_t> SegmentReader::check_piece(BytesView piece, std::uint32_t position,
                                               const ReadLimits& limits,
                                               CheckedBatches& found) const {
  const std::uint32_t left_behind = limit_ - position;
  for (std::size_t whole = 0;;) {
    const BytesView rest = piece.subspan(whole);
    const auto at = position + static_cast<std::uint32_t>(whole);
    const auto batch = wire::frame_batch(rest);
    if (!batch && batch.error().kind != wire::BatchFault::Kind::kIncomplete) {
      return corrupt(at, batch.error().message);
    }
    const std::size_t needs = batch ? batch->size_bytes() : size_of_front(rest);
    const bool is_wanted = found.size_bytes + needs <= limits.max_bytes ||
                           (found.size_bytes == 0 && limits.at_least_one_batch);
    if (!is_wanted || (batch && batch->base_offset() >= limits.below)) return 0;
    if (!batch && needs > left_behind - whole) {
      if (found.size_bytes > 0) return 0;
      return corrupt(at, "the end of the file");
    }
    if (!batch) {
      return std::max(needs, std::min(limits.max_bytes - found.size_bytes, kPieceBytes));
    }
    DAYBOOK_TRY_VOID(check(*batch, at, found.offsets.end));
    if (found.size_bytes == 0) found.offsets.from = batch->base_offset();
    found.offsets.end = batch->next_offset();
    found.size_bytes += needs;
    whole += needs;
  }
}

Result<CheckedBatches> SegmentReader::take_checked(const BatchPlace& first,
                                                   const ReadLimits& limits) const {
  const CheckedBatches nothing{.offsets = {segment_.base, segment_.base}};
  const std::uint64_t limit = std::min<std::uint64_t>(
      {limits.checked_to, limit_, std::uint64_t{first.position} + limits.max_bytes});
  if (limit <= first.position + kPieceBytes) return nothing;
  const auto end = static_cast<std::uint32_t>(limit);
  if (!log_->is_in_memory(first.position, end - first.position)) return nothing;
  CheckedBatches found{.offsets = {first.base, first.base}};
  std::uint32_t found_to = first.position;
  DAYBOOK_TRY(Walk walk, walk_by(static_cast<OffsetEntry::Key>(end - 1), &OffsetEntry::place));
  if (walk.behind < first.position) walk.behind = first.position;
  while (found_to < end) {
    DAYBOOK_TRY(const bool more, next(walk));
    if (!more) break;
    const bool is_inside = walk.behind <= end;
    found_to = is_inside ? walk.behind : walk.position;
    found.offsets.end = is_inside ? walk.header.next_offset() : walk.header.base_offset();
    if (!is_inside) {
      found.next = {walk.position, walk.header.base_offset()};
      break;
    }
  }
  found.size_bytes = found_to - first.position;
  const bool is_much = found.size_bytes > kPieceBytes;
  return is_much && found.offsets.end <= limits.below ? found : nothing;
}

Result<CheckedBatches> SegmentReader::read(const BatchPlace& first, const ReadLimits& limits,
                                           Placement placement) const {
  const std::uint32_t position = first.position;
  CheckedBatches found{.offsets = {segment_.base, segment_.base}};
  if (placement == Placement::kMayStay) {
    DAYBOOK_TRY(found, take_checked(first, limits));
  }
  // What ends before that has no room for the next batch.
  const bool is_complete = found.size_bytes > 0 && position + found.size_bytes < limits.checked_to;
  Room room;
  std::size_t wanted =
      is_complete ? 0
                  : std::clamp(limits.max_bytes - found.size_bytes, kWalkBufferBytes, kPieceBytes);
  const std::size_t taken = found.size_bytes;
  while (wanted > 0 && position + found.size_bytes < limit_) {
    const std::size_t before = found.size_bytes;
    if (patience_ == io::Patience::kNone && before - taken + wanted > kPieceBytes) {
      return fail(ErrorCode::kTimedOut, "there is more to be checked than a piece");
    }
    const auto at = position + static_cast<std::uint32_t>(before);
    const MutableBytes into = room.of(std::min<std::size_t>(wanted, limit_ - at));
    DAYBOOK_TRY(const std::size_t n, log_->read_at(at, into, patience_));
    if (n < into.size()) return corrupt(at + static_cast<std::uint32_t>(n), "the end of the file");
    DAYBOOK_TRY(wanted, check_piece(into, at, limits, found));
    const bool is_all = before == 0 && wanted == 0;
    if (placement == Placement::kMayStay && !is_all) continue;
    if (before == 0 && wanted > 0) {
      found.copy.reserve(std::min<std::size_t>(limits.max_bytes, limit_ - position));
    }
    const BytesView checked = into.first(found.size_bytes - before);
    found.copy.insert(found.copy.end(), checked.begin(), checked.end());
  }
  return found;
}

Result<Bytes> SegmentReader::read(std::uint32_t position, std::size_t max_bytes,
                                  bool at_least_one_batch) const {
  DAYBOOK_TRY(
      CheckedBatches found,
      read(BatchPlace{position, segment_.base},
           {.max_bytes = max_bytes, .at_least_one_batch = at_least_one_batch}, Placement::kCopied));
  return std::move(found.copy);
}

Result<std::optional<TimedOffset>> SegmentReader::find_time(TimestampMs from,
                                                            Offset at_least) const {
  // No record up to the entry before `from` is as late as `from`. No entry is before time began.
  const std::int64_t before = std::max<std::int64_t>(from.value, 0) - 1;
  std::optional<TimeEntry> entry;
  if (segment_.active) {
    DAYBOOK_TRY(entry, segment_.active->times().floor(*fs_, before, &TimeEntry::key, patience_));
  } else {
    const std::string path = index_path(kTimeIndexSuffix);
    DAYBOOK_TRY(entry, floor_sealed<TimeEntry>(*fs_, path, before, &TimeEntry::key, patience_));
  }
  DAYBOOK_TRY(Walk walk, walk_to(entry ? entry->last_offset_delta : 0));
  for (;;) {
    DAYBOOK_TRY(const bool more, next(walk));
    if (!more) return std::nullopt;
    if (walk.header.max_timestamp() < from || walk.header.last_offset() < at_least) continue;
    DAYBOOK_TRY(const Bytes bytes, read(walk.position, walk.size_bytes, true));
    DAYBOOK_TRY(auto records, wire::RecordReader::open(wire::BatchView(bytes)));
    for (wire::Record record;;) {
      DAYBOOK_TRY(const bool another, records.next(record));
      if (!another) break;
      if (record.timestamp >= from && record.offset >= at_least) {
        return TimedOffset{record.offset, record.timestamp};
      }
    }
  }
}

Result<TimestampMs> SegmentReader::max_timestamp() const {
  TimestampMs max = kNoTimestamp;
  if (!segment_.active) {
    const std::string path = index_path(kTimeIndexSuffix);
    DAYBOOK_TRY(const auto file, open_index(*fs_, path));
    if (file) {
      DAYBOOK_TRY(const auto entry, last_in_file<TimeEntry>(*file));
      if (entry) return TimestampMs{entry->timestamp_ms};
    }
  }
  for (Walk walk(0);;) {
    DAYBOOK_TRY(const bool more, next(walk));
    if (!more) return max;
    max = std::max(max, walk.header.max_timestamp());
  }
}

Result<TimestampMs> SegmentReader::max_timestamp_from(Offset at_least) const {
  TimestampMs max = kNoTimestamp;
  DAYBOOK_TRY(Walk walk, walk_to(at_least - segment_.base));
  for (;;) {
    DAYBOOK_TRY(const bool more, next(walk));
    if (!more) return max;
    if (walk.header.last_offset() < at_least || walk.header.max_timestamp() <= max) continue;
    if (walk.header.base_offset() >= at_least) {
      max = walk.header.max_timestamp();
      continue;
    }
    DAYBOOK_TRY(const Bytes bytes, read(walk.position, walk.size_bytes, true));
    DAYBOOK_TRY(auto records, wire::RecordReader::open(wire::BatchView(bytes)));
    for (wire::Record record;;) {
      DAYBOOK_TRY(const bool another, records.next(record));
      if (!another) break;
      if (record.offset >= at_least) max = std::max(max, record.timestamp);
    }
  }
}

Result<TimestampMs> SegmentReader::first_timestamp() const {
  Walk walk(0);
  DAYBOOK_TRY(const bool any, next(walk));
  return any ? walk.header.max_timestamp() : kNoTimestamp;
}

Result<Offset> SegmentReader::end_offset() const {
  Offset end = segment_.base;
  for (Walk walk(0);;) {
    DAYBOOK_TRY(const bool more, next(walk));
    if (!more) return end;
    end = walk.header.next_offset();
  }
}

}  // namespace daybook::log
