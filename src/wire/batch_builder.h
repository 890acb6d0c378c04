// Makes one record batch: for what the log itself writes (control batches, compaction) and for
// tests. Records are appended in the order of their offsets; gaps are allowed, as compaction leaves
// them. One thread.

#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "wire/record_batch.h"
#include "wire/record_reader.h"

namespace daybook::wire {

struct BatchOptions {
  Offset base_offset{0};
  LeaderEpoch leader_epoch = kNoEpoch;
  Compression compression = Compression::kNone;
  TimestampType timestamp_type = TimestampType::kCreateTime;
  ProducerId producer_id = kNoProducer;
  ProducerEpoch producer_epoch{-1};
  std::int32_t base_sequence = kNoSequence;
  bool transactional = false;
  bool control = false;
  std::optional<TimestampMs> delete_horizon = std::nullopt;
};

class BatchBuilder {
 public:
  explicit BatchBuilder(const BatchOptions& options = {});

  // Appends a record behind the last one. `timestamp` is create time, or with kLogAppendTime the
  // same for all.
  void add(TimestampMs timestamp, std::optional<BytesView> key, std::optional<BytesView> value,
           std::span<const RecordHeader> headers = {});
  // Appends a record at its own offset, which must be above that of the last one and less than 2^31
  // above the base.
  void add(const Record& record);

  std::int32_t record_count() const { return count_; }
  // Of the uncompressed batch so far.
  std::size_t size_bytes() const { return bytes_.size(); }

  // Makes the batch span offsets up to `last`, though records at the end are gone.
  void set_last_offset(Offset last);

  // The batch, with its CRC. The builder is empty and must not be used again. kInvalid if it would
  // be larger than kMaxBatchSizeBytes.
  Result<Bytes> finish() &&;

 private:
  BatchOptions options_;
  Bytes bytes_;
  std::int32_t count_ = 0;
  std::int32_t last_offset_delta_ = -1;
  TimestampMs base_timestamp_ = kNoTimestamp;
  TimestampMs max_timestamp_ = kNoTimestamp;
};

}  // namespace daybook::wire
