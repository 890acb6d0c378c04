// Kafka's record batch, format v2 (magic 2): the unit in which records are produced, stored and
// fetched. Daybook keeps batches as the bytes that arrived; this header reads and patches the 61
// bytes in front of the records, in place. docs/formats/wire.md has the layout.
//
//   frame_batch           the batch at the front of some bytes, all of it present
//   check_batch           ... and what it says is true: magic, CRC-32C, counts
//   check_produced_batch  ... and a producer may send it
//
// None of these decompresses or looks at a record: wire/record_reader.h does. Everything is bounded
// by the bytes given; nothing is allocated but the message of a fault.
//
// A BatchView owns nothing: it is valid while the bytes that it was made from are. Any thread.

#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "base/bytes.h"
#include "base/endian.h"
#include "base/ids.h"

namespace daybook::wire {

// Where each field starts, in bytes from the front of the batch. The CRC covers everything from
// kAttributesAt on, so base offset and leader epoch can change without it.
namespace batch_layout {
inline constexpr std::size_t kBaseOffsetAt = 0;        // int64
inline constexpr std::size_t kLengthAt = 8;            // int32, of what follows it
inline constexpr std::size_t kLeaderEpochAt = 12;      // int32
inline constexpr std::size_t kMagicAt = 16;            // int8
inline constexpr std::size_t kCrcAt = 17;              // uint32
inline constexpr std::size_t kAttributesAt = 21;       // int16
inline constexpr std::size_t kLastOffsetDeltaAt = 23;  // int32
inline constexpr std::size_t kBaseTimestampAt = 27;    // int64
inline constexpr std::size_t kMaxTimestampAt = 35;     // int64
inline constexpr std::size_t kProducerIdAt = 43;       // int64
inline constexpr std::size_t kProducerEpochAt = 51;    // int16
inline constexpr std::size_t kBaseSequenceAt = 53;     // int32
inline constexpr std::size_t kCountAt = 57;            // int32
inline constexpr std::size_t kRecordsAt = 61;
}  // namespace batch_layout

inline constexpr std::size_t kBatchHeaderSizeBytes = batch_layout::kRecordsAt;
// What must be there before a batch's length is known: base offset and length.
inline constexpr std::size_t kBatchPrefixSizeBytes = batch_layout::kLeaderEpochAt;
inline constexpr std::int8_t kBatchMagic = 2;
inline constexpr std::int32_t kNoSequence = -1;

enum class Compression : std::uint8_t { kNone = 0, kGzip = 1, kSnappy = 2, kLz4 = 3, kZstd = 4 };
inline constexpr std::uint8_t kCompressionCount = 5;

// Who set the records' timestamps: the client, or the log when it appended the batch.
enum class TimestampType : std::uint8_t { kCreateTime = 0, kLogAppendTime = 1 };

struct BatchFault {
  enum class Kind : std::uint8_t {
    kIncomplete,  // the bytes end before the batch does: the tail of a fetch, or a torn write
    kBadLength,   // a length that no batch can have
    kBadMagic,    // not format v2
    kBadCrc,      // the bytes are not those that were written
    kBadFields,   // the CRC holds, but fields contradict each other
    kNotAllowed,  // valid, but not from a producer
  };
  Kind kind;
  std::size_t at;       // byte in the batch where the fault is
  std::string message;  // what was found there and what was expected
};
std::string_view to_string(BatchFault::Kind kind);

// The fields of one batch. Constructed by frame_batch, or directly from bytes already known to hold
// at least kBatchHeaderSizeBytes and the whole batch.
class BatchView {
 public:
  BatchView() = default;
  explicit BatchView(BytesView bytes) : bytes_(bytes) {}

  BytesView bytes() const { return bytes_; }
  std::size_t size_bytes() const { return bytes_.size(); }
  // As they are stored, compressed if the batch is.
  BytesView record_bytes() const { return bytes_.subspan(batch_layout::kRecordsAt); }

  Offset base_offset() const { return Offset{get<std::int64_t>(batch_layout::kBaseOffsetAt)}; }
  Offset last_offset() const { return base_offset() + last_offset_delta(); }
  Offset next_offset() const { return last_offset().next(); }
  LeaderEpoch leader_epoch() const {
    return LeaderEpoch{get<std::int32_t>(batch_layout::kLeaderEpochAt)};
  }
  std::int8_t magic() const { return get<std::int8_t>(batch_layout::kMagicAt); }
  std::uint32_t crc() const { return get<std::uint32_t>(batch_layout::kCrcAt); }
  std::uint32_t computed_crc() const;
  std::int16_t attributes() const { return get<std::int16_t>(batch_layout::kAttributesAt); }
  // May be above Compression::kZstd in a batch that was not checked.
  Compression compression() const { return static_cast<Compression>(attributes() & 0x07); }
  TimestampType timestamp_type() const { return static_cast<TimestampType>(attributes() >> 3 & 1); }
  bool is_transactional() const { return (attributes() & 0x10) != 0; }
  bool is_control() const { return (attributes() & 0x20) != 0; }
  // Compaction has seen that the batch holds tombstones or a transaction's end: it keeps them until
  // then, and the base timestamp is that time.
  bool has_delete_horizon() const { return (attributes() & 0x40) != 0; }
  std::int32_t last_offset_delta() const {
    return get<std::int32_t>(batch_layout::kLastOffsetDeltaAt);
  }
  TimestampMs base_timestamp() const {
    return TimestampMs{get<std::int64_t>(batch_layout::kBaseTimestampAt)};
  }
  TimestampMs max_timestamp() const {
    return TimestampMs{get<std::int64_t>(batch_layout::kMaxTimestampAt)};
  }
  ProducerId producer_id() const {
    return ProducerId{get<std::int64_t>(batch_layout::kProducerIdAt)};
  }
  ProducerEpoch producer_epoch() const {
    return ProducerEpoch{get<std::int16_t>(batch_layout::kProducerEpochAt)};
  }
  bool has_producer() const { return producer_id().value >= 0; }
  std::int32_t base_sequence() const { return get<std::int32_t>(batch_layout::kBaseSequenceAt); }
  // Sequences go round from 2^31-1 to 0; kNoSequence without a producer id.
  std::int32_t last_sequence() const;
  // How many records follow. In a compacted batch fewer than the offsets that it spans, even none.
  std::int32_t record_count() const { return get<std::int32_t>(batch_layout::kCountAt); }

 private:
  template <class T>
  T get(std::size_t at) const {
    return load_be<T>(bytes_.data() + at);
  }
  BytesView bytes_;
};

template <class T>
using BatchResult = std::expected<T, BatchFault>;

// The batch at the front of `bytes`, which may go on behind it. Only length and magic are looked at
// (kIncomplete, kBadLength, kBadMagic); `max_size_bytes` bounds the length that is believed.
inline constexpr std::size_t kMaxBatchSizeBytes = std::size_t{1} << 30;
BatchResult<BatchView> frame_batch(BytesView bytes,
                                   std::size_t max_size_bytes = kMaxBatchSizeBytes);

// What recovery asks of a stored batch: CRC, a known codec, counts that fit the bytes and offsets.
BatchResult<void> check_batch(const BatchView& batch);

// What is asked of a batch that a client sends, check_batch included: at least one record, no gaps
// in the offsets, create time, no control batch, a sequence if and only if there is a producer id.
BatchResult<void> check_produced_batch(const BatchView& batch);

// Patching, in place. `batch` holds at least the header; neither field is under the CRC.
void set_base_offset(MutableBytes batch, Offset base_offset);
void set_leader_epoch(MutableBytes batch, LeaderEpoch epoch);
// The batch with all records taken out: what it says of offsets and of its producer stays.
Bytes without_records(const BatchView& batch);
// Makes `time` the timestamp of every record. `batch` is one whole batch: its CRC is recomputed.
void set_log_append_time(MutableBytes batch, TimestampMs time);

}  // namespace daybook::wire
