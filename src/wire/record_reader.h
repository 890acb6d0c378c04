// The records of one batch, one at a time, whatever it is compressed with. Every length and count
// is checked against the bytes that are there, so any input ends in records or in an error that
// names the record and the byte.
//
//   DAYBOOK_TRY(RecordReader reader, RecordReader::open(batch));
//   Record record;
//   for (;;) {
//     DAYBOOK_TRY(const bool more, reader.next(record));
//     if (!more) break;
//     ...
//   }
//
// A compressed batch is decompressed whole into the reader, up to `max_decompressed_bytes`.
// A Record's views point into the batch (uncompressed) or the reader; its headers are valid until
// the next call of next(). One thread.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "wire/compression.h"
#include "wire/record_batch.h"

namespace daybook::wire {

struct RecordHeader {
  BytesView name;  // UTF-8, as clients write it; not checked
  std::optional<BytesView> value;
};

struct Record {
  Offset offset;
  TimestampMs timestamp = kNoTimestamp;
  std::optional<BytesView> key = std::nullopt;
  std::optional<BytesView> value = std::nullopt;  // absent: a tombstone
  std::span<const RecordHeader> headers = {};     // NOLINT(readability-redundant-member-init): GCC
};

// Of one record. An empty header is two bytes, which compress to nothing, and 40 in memory.
inline constexpr std::size_t kMaxRecordHeaders = 100'000;
inline constexpr std::size_t kMaxDecompressedBatchBytes = std::size_t{128} << 20;

class RecordReader {
 public:
  // kCorrupt: the compressed bytes are not what their codec writes, or hold more than
  // `max_decompressed_bytes`. `batch` should have passed check_batch.
  static Result<RecordReader> open(const BatchView& batch,
                                   std::size_t max_decompressed_bytes = kMaxDecompressedBatchBytes);

  RecordReader(RecordReader&&) noexcept = default;
  RecordReader& operator=(RecordReader&&) noexcept = default;
  ~RecordReader() = default;

  // False after the last record, when all bytes must have been used. kCorrupt otherwise, also for a
  // record with more than kMaxRecordHeaders; the reader
  // must not be used after an error.
  Result<bool> next(Record& record);
  // The bytes of the records that next() has not come to, decompressed. Valid while the reader is
  // and does not move.
  BytesView unread() const { return bytes_.subspan(at_); }

 private:
  explicit RecordReader(const BatchView& batch) : batch_(batch), bytes_(batch.record_bytes()) {}

  BatchView batch_;
  Decompressed decompressed_;
  BytesView bytes_;  // of the records, uncompressed
  std::size_t at_ = 0;
  std::int32_t index_ = 0;
  std::int32_t previous_offset_delta_ = -1;
  std::vector<RecordHeader> headers_;
};

// Reads all records and throws them away: what is asked, behind check_produced_batch, before a
// batch is stored for ever. Their offset deltas must be 0, 1, 2...
Status check_produced_records(const BatchView& batch,
                              std::size_t max_decompressed_bytes = kMaxDecompressedBatchBytes);

}  // namespace daybook::wire
