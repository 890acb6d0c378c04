// Batches and partitions as the tests of this room want them.

#pragma once

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "log/partition.h"
#include "wire/batch_builder.h"
#include "wire/record_reader.h"

namespace daybook::log {

struct BatchSpec {
  std::vector<std::string> values = {};
  std::int64_t timestamp_ms = 1000;  // of the first record; each is 1 ms later
  std::int64_t producer = -1;
  std::int16_t epoch = 0;
  std::int32_t sequence = 0;
  bool transactional = false;
  std::vector<std::string> keys = {};  // of the values; none: they have none
  std::string tombstone = {};          // a value like this one is none; empty: there is none
  wire::Compression compression = wire::Compression::kNone;
};

inline Bytes make_batch(const BatchSpec& spec) {
  wire::BatchOptions options;
  options.compression = spec.compression;
  if (spec.producer >= 0) {
    options.producer_id = ProducerId{spec.producer};
    options.producer_epoch = ProducerEpoch{spec.epoch};
    options.base_sequence = spec.sequence;
    options.transactional = spec.transactional;
  }
  wire::BatchBuilder builder(options);
  std::int64_t timestamp = spec.timestamp_ms;
  for (std::size_t i = 0; i < spec.values.size(); ++i) {
    const bool tombstone = !spec.tombstone.empty() && spec.values[i] == spec.tombstone;
    builder.add(TimestampMs{timestamp++},
                spec.keys.empty() ? std::nullopt : std::optional(as_bytes(spec.keys[i])),
                tombstone ? std::nullopt : std::optional(as_bytes(spec.values[i])));
  }
  return std::move(builder).finish().value();
}

inline Bytes make_batch(std::vector<std::string> values) {
  BatchSpec spec;
  spec.values = std::move(values);
  return make_batch(spec);
}

inline TransactionEnd end_of(std::int64_t producer, wire::TransactionResult result,
                             std::int16_t epoch = 0, std::int32_t coordinator_epoch = 0) {
  return {ProducerId{producer}, ProducerEpoch{epoch}, {result, coordinator_epoch}};
}

struct ReadRecord {
  Offset offset;
  std::string value;  // empty: a tombstone, perhaps
  std::string key = {};
  friend bool operator==(const ReadRecord&, const ReadRecord&) = default;
};

// The values under which markers appear among records.
inline constexpr const char* kCommitMarker = "(commit)";
inline constexpr const char* kAbortMarker = "(abort)";

// The records of whole batches, markers included; fails the test on anything else.
inline std::vector<ReadRecord> records_of(BytesView batches) {
  std::vector<ReadRecord> records;
  while (!batches.empty()) {
    const auto batch = wire::frame_batch(batches);
    EXPECT_TRUE(batch.has_value()) << batch.error().message;
    if (!batch) return records;
    EXPECT_TRUE(wire::check_batch(*batch).has_value());
    auto reader = wire::RecordReader::open(*batch);
    EXPECT_TRUE(reader.has_value());
    wire::Record record;
    for (;;) {
      const auto more = reader->next(record);
      EXPECT_TRUE(more.has_value());
      if (!more || !*more) break;
      if (batch->is_control()) {
        const auto marker = wire::read_end_transaction_marker(record).value();
        const bool commits = marker.result == wire::TransactionResult::kCommit;
        records.push_back({record.offset, commits ? kCommitMarker : kAbortMarker, ""});
        continue;
      }
      records.push_back({record.offset, std::string(as_text(record.value.value_or(BytesView{}))),
                         std::string(as_text(record.key.value_or(BytesView{})))});
    }
    batches = batches.subspan(batch->size_bytes());
  }
  return records;
}

// What a consumer of committed records makes of what it was given.
inline std::vector<ReadRecord> committed_of(const ReadResult& result) {
  std::vector<ReadRecord> records;
  std::set<ProducerId> aborting;
  auto aborted = result.aborted;
  for (BytesView batches = result.batches; !batches.empty();) {
    const auto batch = wire::frame_batch(batches).value();
    std::erase_if(aborted, [&](const AbortedTransaction& transaction) {
      if (transaction.first > batch.last_offset()) return false;
      aborting.insert(transaction.producer);
      return true;
    });
    if (batch.is_control()) {
      aborting.erase(batch.producer_id());
    } else if (!batch.is_transactional() || !aborting.contains(batch.producer_id())) {
      for (ReadRecord& record : records_of(batch.bytes())) records.push_back(std::move(record));
    }
    batches = batches.subspan(batch.size_bytes());
  }
  return records;
}

// Where a consumer goes on: behind the last offset of the last batch, whose record may be gone.
inline Offset next_offset(BytesView batches) {
  Offset next;
  while (!batches.empty()) {
    const auto batch = wire::frame_batch(batches).value();
    next = batch.next_offset();
    batches = batches.subspan(batch.size_bytes());
  }
  return next;
}

// Every committed record from `from` to the last stable offset, read in pieces of `max_bytes`.
inline std::vector<ReadRecord> read_committed(const Partition& partition, Offset from,
                                              std::size_t max_bytes = 1000) {
  std::vector<ReadRecord> all;
  for (;;) {
    const auto result = partition.read(from, max_bytes, true, Isolation::kCommitted);
    EXPECT_TRUE(result.has_value()) << result.error().message;
    if (!result || result->batches.empty()) return all;
    for (ReadRecord& record : committed_of(*result)) {
      if (record.offset >= from) all.push_back(std::move(record));
    }
    from = next_offset(result->batches);
  }
}

// Everything from `from` to the high watermark, read in pieces of `max_bytes`.
inline std::vector<ReadRecord> read_all(const Partition& partition, Offset from,
                                        std::size_t max_bytes = 1000) {
  std::vector<ReadRecord> all;
  for (;;) {
    const auto result = partition.read(from, max_bytes, true);
    EXPECT_TRUE(result.has_value()) << result.error().message;
    if (!result || result->batches.empty()) return all;
    for (ReadRecord& record : records_of(result->batches)) {
      if (record.offset >= from) all.push_back(std::move(record));
    }
    from = next_offset(result->batches);
  }
}

}  // namespace daybook::log
