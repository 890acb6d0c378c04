// Batches and partitions as the tests of this room want them.

#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/bytes.h"
#include "log/partition.h"
#include "wire/batch_builder.h"
#include "wire/record_reader.h"

namespace daybook::log {

struct BatchSpec {
  std::vector<std::string> values;
  std::int64_t timestamp_ms = 1000;  // of the first record; each is 1 ms later
  std::int64_t producer = -1;
  std::int16_t epoch = 0;
  std::int32_t sequence = 0;
};

inline Bytes make_batch(const BatchSpec& spec) {
  wire::BatchOptions options;
  if (spec.producer >= 0) {
    options.producer_id = ProducerId{spec.producer};
    options.producer_epoch = ProducerEpoch{spec.epoch};
    options.base_sequence = spec.sequence;
  }
  wire::BatchBuilder builder(options);
  std::int64_t timestamp = spec.timestamp_ms;
  for (const std::string& value : spec.values) {
    builder.add(TimestampMs{timestamp++}, std::nullopt, as_bytes(value));
  }
  return std::move(builder).finish().value();
}

inline Bytes make_batch(std::vector<std::string> values) {
  BatchSpec spec;
  spec.values = std::move(values);
  return make_batch(spec);
}

struct ReadRecord {
  Offset offset;
  std::string value;
  friend bool operator==(const ReadRecord&, const ReadRecord&) = default;
};

// The records of whole batches, as a consumer would see them; fails the test on anything else.
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
      records.push_back({record.offset, std::string(as_text(*record.value))});
    }
    batches = batches.subspan(batch->size_bytes());
  }
  return records;
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
      if (record.offset < from) continue;
      from = record.offset.next();
      all.push_back(std::move(record));
    }
  }
}

}  // namespace daybook::log
