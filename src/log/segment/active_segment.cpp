#include "log/segment/active_segment.h"

#include <limits>

#include "log/config.h"
#include "log/file_names.h"
#include "wire/record_batch.h"

namespace daybook::log {

Result<std::shared_ptr<ActiveSegment>> ActiveSegment::create(io::FileSystem& fs,
                                                             const std::string& folder,
                                                             Offset base) {
  // A file may be left from an attempt that failed for want of space.
  const auto make = [&](std::string_view suffix) -> Result<std::unique_ptr<io::File>> {
    DAYBOOK_TRY(auto file, fs.open(offset_path(folder, base, suffix), io::OpenMode::kOpenOrCreate));
    DAYBOOK_TRY_VOID(file->truncate(0));
    return file;
  };
  DAYBOOK_TRY_VOID(make(kIndexSuffix));
  DAYBOOK_TRY_VOID(make(kTimeIndexSuffix));
  const std::string aborted = offset_path(folder, base, kAbortedSuffix);
  if (const Status removed = fs.remove(aborted);
      !removed && removed.error().code != ErrorCode::kNotFound) {
    return std::unexpected(removed.error());
  }
  auto made = make(kLogSuffix);
  if (!made) {
    // The log file is what makes a segment: one must not be there while the last one still grows.
    [[maybe_unused]] const Status removed = fs.remove(offset_path(folder, base, kLogSuffix));
    return std::unexpected(std::move(made).error());
  }
  std::shared_ptr<io::File> log = *std::move(made);
  return std::make_shared<ActiveSegment>(
      base, std::move(log), 0,
      std::make_unique<OffsetIndex>(offset_path(folder, base, kIndexSuffix), 0, std::nullopt),
      std::make_unique<TimeIndex>(offset_path(folder, base, kTimeIndexSuffix), 0, std::nullopt),
      std::make_unique<AbortedIndex>(aborted, 0));
}

ActiveSegment::ActiveSegment(Offset base, std::shared_ptr<io::File> log, std::uint32_t size_bytes,
                             std::unique_ptr<OffsetIndex> offsets, std::unique_ptr<TimeIndex> times,
                             std::unique_ptr<AbortedIndex> aborted)
    : base_(base),
      log_(std::move(log)),
      size_bytes_(size_bytes),
      offsets_(std::move(offsets)),
      times_(std::move(times)),
      aborted_(std::move(aborted)) {}

bool ActiveSegment::is_full(std::uint64_t size_bytes, Offset last, TimestampMs timestamp,
                            std::uint32_t max_bytes, std::chrono::milliseconds max_ms) const {
  if (size_bytes_ == 0) return false;
  if (size_bytes_ + size_bytes > max_bytes) return true;
  if (last - base_ > std::numeric_limits<std::int32_t>::max()) return true;
  return first_timestamp_ != kNoTimestamp &&
         timestamp.value - first_timestamp_.value > max_ms.count();
}

void ActiveSegment::add(const wire::BatchView& header, Offset base, std::uint32_t batch_bytes,
                        std::uint32_t index_interval_bytes) {
  const auto delta = static_cast<std::int32_t>(base - base_ + header.last_offset_delta());
  const TimestampMs timestamp = header.max_timestamp();
  if (first_timestamp_ == kNoTimestamp) first_timestamp_ = timestamp;
  if (timestamp > max_timestamp()) {
    max_timestamp_ms_ = timestamp.value;
    max_timestamp_delta_ = delta;
  }
  if (unindexed_bytes_ > index_interval_bytes) {
    offsets_->add({delta, static_cast<std::int32_t>(size_bytes_)});
    add_time_entry();
    unindexed_bytes_ = 0;
  }
  unindexed_bytes_ += batch_bytes;
  size_bytes_ += batch_bytes;
}

void ActiveSegment::add_time_entry() {
  const TimestampMs max = max_timestamp();
  const std::int64_t last = times_->last() ? times_->last()->timestamp_ms : kNoTimestamp.value;
  if (max.value > last) times_->add({max.value, max_timestamp_delta_});
}

Status ActiveSegment::flush_indexes(io::FileSystem& fs) {
  DAYBOOK_TRY_VOID(aborted_->flush(fs));
  DAYBOOK_TRY_VOID(offsets_->flush(fs));
  return times_->flush(fs);
}

Status ActiveSegment::complete_indexes(io::FileSystem& fs) {
  add_time_entry();
  return flush_indexes(fs);
}

void ActiveSegment::restore(TimestampMs first, TimestampMs max, std::int32_t max_delta,
                            std::uint32_t unindexed_bytes) {
  first_timestamp_ = first;
  max_timestamp_ms_ = max.value;
  max_timestamp_delta_ = max_delta;
  unindexed_bytes_ = unindexed_bytes;
}

}  // namespace daybook::log
