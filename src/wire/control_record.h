// Control records: what the log itself writes among the records of clients. Daybook writes those
// that end a producer's transaction in a partition, Kafka's end transaction markers; logs that come
// from Kafka may hold others, which are read over. docs/formats/wire.md has the layout.
//
// A control record stands alone in a batch whose control bit is set, uncompressed. Any thread.

#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "wire/record_batch.h"
#include "wire/record_reader.h"

namespace daybook::wire {

// As it stands in the record's key. Other numbers may come, and are no error.
enum class ControlRecordType : std::int16_t {
  kAbort = 0,
  kCommit = 1,
  kLeaderChange = 2,
  kSnapshotHeader = 3,
  kSnapshotFooter = 4,
  kKraftVersion = 5,
  kKraftVoters = 6,
};

enum class TransactionResult : std::uint8_t { kAbort = 0, kCommit = 1 };

struct EndTransactionMarker {
  TransactionResult result = TransactionResult::kAbort;
  // Of the coordinator that decided; a partition refuses markers of one that has been replaced.
  std::int32_t coordinator_epoch = 0;
  friend bool operator==(const EndTransactionMarker&, const EndTransactionMarker&) = default;
};

// Whose transaction ends, and where its marker goes.
struct MarkerPlace {
  ProducerId producer_id;
  ProducerEpoch producer_epoch;
  TimestampMs timestamp;
  Offset base_offset{0};
  LeaderEpoch leader_epoch = kNoEpoch;
};

// The batch that ends the transaction: one record, transactional, without a sequence.
Bytes end_transaction_batch(const EndTransactionMarker& marker, const MarkerPlace& place);

// The kind of a record in a control batch. kCorrupt if its key is not that of a control record.
Result<ControlRecordType> control_record_type(const Record& record);

// kCorrupt if the record is not an end transaction marker.
Result<EndTransactionMarker> read_end_transaction_marker(const Record& record);

}  // namespace daybook::wire
