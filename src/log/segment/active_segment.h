// The segment that a partition appends to: a log file, its two indexes and its aborted
// transactions. Sealed segments have no object: their files never change and are opened when they
// are read.
//
// Threads: one at a time appends (under the partition's append lock); readers use the log file and
// the indexes meanwhile, up to a position that they were given.

#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "base/ids.h"
#include "base/result.h"
#include "io/file_system.h"
#include "log/segment/aborted_index.h"
#include "log/segment/sparse_index.h"

namespace daybook::wire {
class BatchView;
}

namespace daybook::log {

struct TimedOffset;

class ActiveSegment {
 public:
  // A new one, empty. Its names are not durable until `folder` is synced.
  static Result<std::shared_ptr<ActiveSegment>> create(io::FileSystem& fs,
                                                       const std::string& folder, Offset base);
  // Over files that recovery has looked at: `size_bytes` of the log and the first entries of the
  // indexes count.
  ActiveSegment(Offset base, std::shared_ptr<io::File> log, std::uint32_t size_bytes,
                std::unique_ptr<OffsetIndex> offsets, std::unique_ptr<TimeIndex> times,
                std::unique_ptr<AbortedIndex> aborted);

  Offset base() const { return base_; }
  std::uint32_t size_bytes() const { return size_bytes_; }
  const std::shared_ptr<io::File>& log() const { return log_; }
  const OffsetIndex& offsets() const { return *offsets_; }
  const TimeIndex& times() const { return *times_; }
  const AbortedIndex& aborted() const { return *aborted_; }
  // Of the batches so far; kNoTimestamp if there are none.
  TimestampMs max_timestamp() const { return TimestampMs{max_timestamp_ms_.load()}; }

  // Whether appending `size_bytes` more, ending at `last` and as late as `timestamp`, belongs into
  // the next segment.
  bool is_full(std::uint64_t size_bytes, Offset last, TimestampMs timestamp,
               std::uint32_t max_bytes, std::chrono::milliseconds max_ms) const;
  // Takes note of a batch that is in the file, at size_bytes(): its size, and index entries if one
  // is due. Only the 61 header bytes of `batch` are looked at.
  void add(const wire::BatchView& header, Offset base, std::uint32_t batch_bytes,
           std::uint32_t index_interval_bytes);
  void add_aborted(const AbortedEntry& entry) { aborted_->add(entry); }
  bool wants_index_flush() const {
    return offsets_->is_full() || times_->is_full() || aborted_->is_full();
  }
  Status flush_indexes(io::FileSystem& fs);
  // Brings the time index up to the last batch, then flushes: before a checkpoint, and at the end.
  Status complete_indexes(io::FileSystem& fs);
  // After recovery has taken over what an earlier process wrote.
  void restore(TimestampMs first, TimestampMs max, std::int32_t max_delta,
               std::uint32_t unindexed_bytes);

 private:
  void add_time_entry();

  Offset base_;
  std::shared_ptr<io::File> log_;
  std::uint32_t size_bytes_;
  std::unique_ptr<OffsetIndex> offsets_;
  std::unique_ptr<TimeIndex> times_;
  std::unique_ptr<AbortedIndex> aborted_;
  std::uint32_t unindexed_bytes_ = 0;  // appended since the last index entry
  TimestampMs first_timestamp_ = kNoTimestamp;
  std::atomic<std::int64_t> max_timestamp_ms_{kNoTimestamp.value};
  std::int32_t max_timestamp_delta_ = 0;  // last offset, less base, of the batch that has it
};

}  // namespace daybook::log
