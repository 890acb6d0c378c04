// Reads a segment, sealed or active, up to a limit: finds a batch by offset or by time through the
// indexes and a short walk over the headers behind them, and hands batches out. What was found is
// checked: offsets ascend, lengths fit, and the CRC of every batch that is handed out holds. Only
// batches that stay in their file, of which the caller says that they were checked before, and that
// are all in memory, are handed out without another look at their CRC.
//
// One thread; made for one read.

#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "io/file_system.h"
#include "log/partition.h"
#include "log/segment/aborted_index.h"
#include "log/segment/sparse_index.h"
#include "wire/record_batch.h"

namespace daybook::log {

class ActiveSegment;

// Which segment, and how much of it.
struct SegmentView {
  Offset base;
  std::shared_ptr<const ActiveSegment> active;  // null: it is sealed
  std::optional<std::uint32_t> limit;           // position; nothing: to its end
  bool has_aborted = false;                     // sealed, with a file of aborted transactions
  bool swapped = false;                         // its `.swap` files count, if they are there
};

struct ReadLimits {
  std::size_t max_bytes = 0;
  bool at_least_one_batch = false;                         // however large
  Offset below{std::numeric_limits<std::int64_t>::max()};  // batches that begin there are left out
  std::uint32_t checked_to = 0;  // what is before this position was checked: it may stay
};

// A batch, and where it begins.
struct BatchPlace {
  std::uint32_t position = 0;
  Offset base;
};

// Whole batches, checked: a copy, or with Placement::kMayStay those that lie at the position.
struct CheckedBatches {
  Bytes copy{};
  std::size_t size_bytes = 0;
  OffsetRange offsets;
  std::optional<BatchPlace> next{};  // the batch behind them, if it was seen

  bool is_copied() const { return copy.size() == size_bytes; }
};

class SegmentReader {
 public:
  // With io::Patience::kNone every call fails with kTimedOut if it would have to wait for the
  // disk, or to check more than a piece of 64 KiB.
  static Result<SegmentReader> open(io::FileSystem& fs, const std::string& folder,
                                    SegmentView segment,
                                    io::Patience patience = io::Patience::kDisk);

  // The first batch whose last offset is not below `from`; nothing if there is none below the
  // limit.
  Result<std::optional<BatchPlace>> find(Offset from) const;
  // Whole batches from `first`: see Partition::read.
  Result<CheckedBatches> read(const BatchPlace& first, const ReadLimits& limits,
                              Placement placement) const;
  Result<Bytes> read(std::uint32_t position, std::size_t max_bytes, bool at_least_one_batch) const;
  // The first record at or above `at_least` that is not earlier than `from`.
  Result<std::optional<TimedOffset>> find_time(TimestampMs from, Offset at_least) const;
  // The largest timestamp; kNoTimestamp if there is none.
  Result<TimestampMs> max_timestamp() const;
  // The same among the records at or above `at_least`.
  Result<TimestampMs> max_timestamp_from(Offset at_least) const;

  // The timestamp of the first batch; kNoTimestamp if there is none.
  Result<TimestampMs> first_timestamp() const;
  // One past the last offset; the base offset if there is no batch.
  Result<Offset> end_offset() const;

  std::uint32_t limit() const { return limit_; }
  const std::shared_ptr<io::File>& log() const { return log_; }

 private:
  struct Walk;
  SegmentReader(io::FileSystem& fs, std::string folder, SegmentView segment,
                std::shared_ptr<io::File> log, std::uint32_t limit, io::Patience patience);

  // Reads the header at walk.position into walk.header; false at the limit.
  Result<bool> next(Walk& walk) const;
  std::string index_path(std::string_view suffix) const;
  // A walk that begins at or before the batch with offset base + delta, or at `position` if `field`
  // is OffsetEntry::place. An index entry that does not fit the segment is not believed: the walk
  // then begins at the front.
  Result<Walk> walk_to(std::int64_t delta) const;
  Result<Walk> walk_by(OffsetEntry::Key key, SearchField<OffsetEntry> field) const;
  Status check(const wire::BatchView& batch, std::uint32_t position, Offset at_least) const;
  // Adds the batches at the front of `piece` to `found`. How large a piece must come next; 0: none.
  Result<std::size_t> check_piece(BytesView piece, std::uint32_t position, const ReadLimits& limits,
                                  CheckedBatches& found) const;
  // What need not be read again; nothing, if it is little.
  Result<CheckedBatches> take_checked(const BatchPlace& first, const ReadLimits& limits) const;
  std::unexpected<Error> corrupt(std::uint32_t position, std::string_view found) const;

  io::FileSystem* fs_;
  std::string folder_;
  SegmentView segment_;
  std::shared_ptr<io::File> log_;
  std::uint32_t limit_;
  io::Patience patience_;
};

}  // namespace daybook::log
