#include "wire/record_batch.h"

#include <gtest/gtest.h>

#include <random>

#include "wire/batch_builder.h"
#include "wire/compression.h"
#include "wire/record_reader.h"

namespace daybook::wire {
namespace {

using Kind = BatchFault::Kind;

constexpr Compression kCodecs[] = {Compression::kNone, Compression::kGzip, Compression::kSnappy,
                                   Compression::kLz4, Compression::kZstd};

Bytes small_batch(const BatchOptions& options = {}) {
  BatchBuilder builder(options);
  const RecordHeader headers[] = {{as_bytes("trace"), as_bytes("7f")},
                                  {as_bytes("empty"), BytesView{}},
                                  {as_bytes("null"), std::nullopt}};
  builder.add(TimestampMs{1000}, as_bytes("alice"), as_bytes("+10"));
  builder.add(TimestampMs{1007}, std::nullopt, as_bytes("no key"), headers);
  builder.add(TimestampMs{998}, as_bytes("bob"), std::nullopt);
  return std::move(builder).finish().value();
}

std::string text(const std::optional<BytesView>& bytes) {
  return bytes ? std::string(as_text(*bytes)) : "null";
}

Result<std::vector<std::string>> read_all(const BatchView& batch,
                                          std::size_t limit = kMaxDecompressedBatchBytes) {
  DAYBOOK_TRY(RecordReader reader, RecordReader::open(batch, limit));
  std::vector<std::string> lines;
  Record record;
  for (;;) {
    DAYBOOK_TRY(const bool more, reader.next(record));
    if (!more) return lines;
    std::string line = std::to_string(record.offset.value) + "@" +
                       std::to_string(record.timestamp.value) + " " + text(record.key) + "=" +
                       text(record.value);
    for (const RecordHeader& header : record.headers) {
      line += " " + std::string(as_text(header.name)) + ":" + text(header.value);
    }
    lines.push_back(line);
  }
}

const std::vector<std::string> kSmallBatchLines = {
    "50@1000 alice=+10", "51@1007 null=no key trace:7f empty: null:null", "52@998 bob=null"};

TEST(RecordBatch, WhatWasBuiltIsReadBackWithEveryCodec) {
  for (const Compression codec : kCodecs) {
    const Bytes bytes = small_batch({.base_offset = Offset{50},
                                     .leader_epoch = LeaderEpoch{3},
                                     .compression = codec,
                                     .producer_id = ProducerId{9},
                                     .producer_epoch = ProducerEpoch{1},
                                     .base_sequence = 40});
    const auto batch = frame_batch(bytes);
    ASSERT_TRUE(batch);
    ASSERT_TRUE(check_produced_batch(*batch));
    EXPECT_EQ(batch->compression(), codec);
    EXPECT_EQ(batch->base_offset(), Offset{50});
    EXPECT_EQ(batch->last_offset(), Offset{52});
    EXPECT_EQ(batch->leader_epoch(), LeaderEpoch{3});
    EXPECT_EQ(batch->base_timestamp(), TimestampMs{1000});
    EXPECT_EQ(batch->max_timestamp(), TimestampMs{1007});
    EXPECT_EQ(batch->producer_id(), ProducerId{9});
    EXPECT_EQ(batch->producer_epoch(), ProducerEpoch{1});
    EXPECT_EQ(batch->last_sequence(), 42);
    EXPECT_EQ(read_all(*batch).value(), kSmallBatchLines);
    EXPECT_TRUE(check_produced_records(*batch));
  }
}

TEST(RecordBatch, TheRecordOfTheFormatsPageHasTheBytesThatItShows) {
  BatchBuilder builder;
  builder.add(TimestampMs{1}, as_bytes("k"), as_bytes("v"));
  const Bytes bytes = std::move(builder).finish().value();
  const std::string expected("\x10\0\0\0\x02k\x02v\0", 9);
  EXPECT_EQ(as_text(BatchView(bytes).record_bytes()), expected);
}

TEST(RecordBatch, BaseOffsetAndLeaderEpochAreNotUnderTheCrc) {
  Bytes bytes = small_batch();
  set_base_offset(bytes, Offset{50});
  set_leader_epoch(bytes, LeaderEpoch{7});
  const BatchView batch(bytes);
  EXPECT_TRUE(check_batch(batch));
  EXPECT_EQ(batch.leader_epoch(), LeaderEpoch{7});
  EXPECT_EQ(read_all(batch).value(), kSmallBatchLines);
}

TEST(RecordBatch, LogAppendTimeIsTheTimeOfEveryRecordAndKeepsTheCrcRight) {
  Bytes bytes = small_batch({.compression = Compression::kLz4});
  set_log_append_time(bytes, TimestampMs{5000});
  const BatchView batch(bytes);
  ASSERT_TRUE(check_batch(batch));
  EXPECT_EQ(batch.timestamp_type(), TimestampType::kLogAppendTime);
  EXPECT_EQ(batch.compression(), Compression::kLz4);
  const auto lines = read_all(batch).value();
  EXPECT_EQ(lines.front(), "0@5000 alice=+10");
  EXPECT_EQ(lines.back(), "2@5000 bob=null");
}

TEST(RecordBatch, EveryTruncationIsIncomplete) {
  const Bytes bytes = small_batch();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto batch = frame_batch(BytesView(bytes).first(size));
    ASSERT_FALSE(batch) << size;
    EXPECT_EQ(batch.error().kind, Kind::kIncomplete) << size;
    EXPECT_EQ(batch.error().at, size);
  }
}

TEST(RecordBatch, OnlyTheFirstBatchIsFramed) {
  Bytes bytes = small_batch();
  const std::size_t size = bytes.size();
  bytes.resize(size + 100, std::byte{0xee});
  EXPECT_EQ(frame_batch(bytes)->size_bytes(), size);
}

TEST(RecordBatch, EveryFlippedBitUnderTheCrcIsFound) {
  const Bytes good = small_batch();
  for (std::size_t bit = batch_layout::kMagicAt * 8; bit < good.size() * 8; ++bit) {
    Bytes bytes = good;
    bytes[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    const auto checked = check_batch(BatchView(bytes));
    ASSERT_FALSE(checked) << "bit " << bit;
    EXPECT_EQ(checked.error().kind,
              bit / 8 == batch_layout::kMagicAt ? Kind::kBadMagic : Kind::kBadCrc);
  }
}

TEST(RecordBatch, LengthsThatNoBatchHasAreRefused) {
  Bytes bytes = small_batch();
  for (const std::int32_t length : {-1, 0, 48, std::numeric_limits<std::int32_t>::min(),
                                    std::numeric_limits<std::int32_t>::max()}) {
    store_be(bytes.data() + batch_layout::kLengthAt, length);
    const auto batch = frame_batch(bytes);
    ASSERT_FALSE(batch);
    EXPECT_EQ(batch.error().kind, Kind::kBadLength) << length;
    EXPECT_EQ(batch.error().at, batch_layout::kLengthAt);
  }
}

TEST(RecordBatch, OlderFormatsAreNamedAsSuch) {
  Bytes bytes = small_batch();
  bytes[batch_layout::kMagicAt] = std::byte{1};
  const auto batch = frame_batch(bytes);
  ASSERT_FALSE(batch);
  EXPECT_EQ(batch.error().kind, Kind::kBadMagic);
  EXPECT_EQ(batch.error().at, batch_layout::kMagicAt);
}

template <class T>
BatchFault fault_with(std::size_t at, T value, bool produced = false) {
  Bytes bytes = small_batch();
  store_be(bytes.data() + at, value);
  store_be(bytes.data() + batch_layout::kCrcAt, BatchView(bytes).computed_crc());
  const BatchView batch(bytes);
  auto checked = produced ? check_produced_batch(batch) : check_batch(batch);
  EXPECT_FALSE(checked) << "value " << value << " at " << at;
  return checked ? BatchFault{} : checked.error();
}

TEST(RecordBatch, FieldsThatContradictEachOtherAreFoundBehindARightCrc) {
  using namespace batch_layout;
  EXPECT_EQ(fault_with(kCountAt, std::int32_t{-1}).at, kCountAt);
  EXPECT_EQ(fault_with(kCountAt, std::int32_t{4}).at, kCountAt);
  EXPECT_EQ(fault_with(kLastOffsetDeltaAt, std::int32_t{1}).at, kCountAt);
  EXPECT_EQ(fault_with(kLastOffsetDeltaAt, std::int32_t{-1}).at, kLastOffsetDeltaAt);
  EXPECT_EQ(fault_with(kAttributesAt, std::int16_t{5}).at, kAttributesAt);
  EXPECT_EQ(fault_with(kBaseOffsetAt, std::int64_t{-1}).at, kBaseOffsetAt);
  EXPECT_EQ(fault_with(kBaseOffsetAt, std::numeric_limits<std::int64_t>::max()).at, kBaseOffsetAt);
}

TEST(RecordBatch, WhatAProducerMayNotSendIsRefused) {
  using namespace batch_layout;
  const auto refused = [](std::size_t at, auto value) {
    const BatchFault fault = fault_with(at, value, true);
    EXPECT_EQ(fault.kind, Kind::kNotAllowed) << fault.message;
    return fault.at;
  };
  EXPECT_EQ(refused(kCountAt, std::int32_t{0}), kCountAt);
  EXPECT_EQ(refused(kLastOffsetDeltaAt, std::int32_t{3}), kLastOffsetDeltaAt);
  EXPECT_EQ(refused(kAttributesAt, std::int16_t{0x20}), kAttributesAt);
  EXPECT_EQ(refused(kAttributesAt, std::int16_t{0x08}), kAttributesAt);
  EXPECT_EQ(refused(kAttributesAt, std::int16_t{0x10}), kProducerIdAt);
  EXPECT_EQ(refused(kProducerIdAt, std::int64_t{1}), kBaseSequenceAt);
}

TEST(RecordBatch, ASequenceWithoutAProducerIdIsTakenAndMeansNothing) {
  Bytes bytes = small_batch({.base_sequence = 0});
  const BatchView batch(bytes);
  EXPECT_FALSE(batch.has_producer());
  EXPECT_TRUE(check_produced_batch(batch));
}

TEST(RecordBatch, SequencesGoRoundAfterTheLargest) {
  const Bytes bytes = small_batch({.producer_id = ProducerId{1},
                                   .producer_epoch = ProducerEpoch{0},
                                   .base_sequence = std::numeric_limits<std::int32_t>::max()});
  EXPECT_EQ(BatchView(bytes).last_sequence(), 1);
}

TEST(RecordBatch, CompactionLeavesGapsAndEmptyBatches) {
  BatchBuilder builder({.base_offset = Offset{10}});
  builder.add(Record{.offset = Offset{12}, .timestamp = TimestampMs{1}, .value = as_bytes("a")});
  builder.add(Record{.offset = Offset{15}, .timestamp = TimestampMs{2}, .value = as_bytes("b")});
  builder.set_last_offset(Offset{19});
  const Bytes bytes = std::move(builder).finish().value();
  const BatchView batch(bytes);
  ASSERT_TRUE(check_batch(batch));
  EXPECT_EQ(batch.next_offset(), Offset{20});
  EXPECT_EQ(read_all(batch).value(), (std::vector<std::string>{"12@1 null=a", "15@2 null=b"}));
  EXPECT_FALSE(check_produced_records(batch));

  BatchBuilder nothing({.base_offset = Offset{10}});
  nothing.set_last_offset(Offset{19});
  const Bytes empty = std::move(nothing).finish().value();
  ASSERT_TRUE(check_batch(BatchView(empty)));
  EXPECT_TRUE(read_all(BatchView(empty)).value().empty());
}

// The check of plain records must not know of any that the reader refuses.
TEST(RecordBatch, WhateverRecordsAreAcceptedCanBeReadWithDenseOffsets) {
  constexpr int kRounds = 200'000;
  std::mt19937 random(7);
  int accepted = 0;
  for (int round = 0; round < kRounds; ++round) {
    BatchBuilder builder;
    for (const char* value : {"+10", "", "a longer value"}) {
      builder.add(TimestampMs{1000 + round % 90}, std::nullopt, as_bytes(value));
    }
    Bytes bytes = std::move(builder).finish().value();
    for (int changes = 1 + round % 2; changes > 0; --changes) {
      const std::size_t at =
          kBatchHeaderSizeBytes + random() % (bytes.size() - kBatchHeaderSizeBytes);
      bytes[at] = static_cast<std::byte>(random() % 4 == 0 ? random() : random() % 64);
    }
    const BatchView batch(bytes);
    if (!check_produced_records(batch)) continue;
    ++accepted;
    RecordReader reader = RecordReader::open(batch).value();
    Record record;
    for (Offset expected{0};; expected += 1) {
      const auto more = reader.next(record);
      ASSERT_TRUE(more) << more.error().message;
      if (!*more) break;
      ASSERT_EQ(record.offset, expected);
    }
  }
  EXPECT_GT(accepted, kRounds / 100);
}

TEST(RecordReader, DecompressionStopsAtItsBound) {
  const std::string zeros(1'000'000, '0');
  for (const Compression codec : kCodecs) {
    BatchBuilder builder({.compression = codec});
    builder.add(TimestampMs{1}, std::nullopt, as_bytes(zeros));
    const std::size_t plain_bytes = builder.size_bytes() - kBatchHeaderSizeBytes;
    const Bytes bytes = std::move(builder).finish().value();
    EXPECT_TRUE(read_all(BatchView(bytes), plain_bytes));
    if (codec == Compression::kNone) continue;
    const auto refused = read_all(BatchView(bytes), plain_bytes - 1);
    ASSERT_FALSE(refused) << static_cast<int>(codec);
    EXPECT_EQ(refused.error().code, ErrorCode::kCorrupt);
  }
}

TEST(RecordReader, ARecordOfNothingButHeadersTakesBoundedMemory) {
  const auto headers_read = [](std::size_t count) -> Result<std::size_t> {
    BatchBuilder builder({.compression = Compression::kZstd});
    const std::vector<RecordHeader> headers(count);
    builder.add(TimestampMs{1}, std::nullopt, std::nullopt, headers);
    const Bytes bytes = std::move(builder).finish().value();
    DAYBOOK_TRY(RecordReader reader, RecordReader::open(BatchView(bytes)));
    Record record;
    DAYBOOK_TRY_VOID(reader.next(record));
    return record.headers.size();
  };
  EXPECT_EQ(headers_read(kMaxRecordHeaders).value_or(0), kMaxRecordHeaders);
  const auto refused = headers_read(kMaxRecordHeaders + 1);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kCorrupt);
}

TEST(RecordReader, DamagedRecordsEndInAnErrorOrInRecordsNeverElsewhere) {
  const std::uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (const Compression codec : kCodecs) {
    const Bytes good = small_batch({.compression = codec});
    for (int round = 0; round < 2000; ++round) {
      Bytes bytes = good;
      const std::size_t cut = random() % 4 == 0 ? random() % (good.size() - 61) : 0;
      bytes.resize(bytes.size() - cut);
      for (std::size_t i = 61; i < bytes.size() && random() % 3 != 0;) {
        i = 61 + random() % (bytes.size() - 61);
        bytes[i] = static_cast<std::byte>(random());
      }
      const auto lines = read_all(BatchView(bytes));
      if (!lines) {
        EXPECT_EQ(lines.error().code, ErrorCode::kCorrupt) << lines.error().message;
      }
    }
  }
}

TEST(Compression, RawSnappyIsReadAsWell) {
  // "Wikipedia" preceded by its length, as one literal.
  const std::string raw = std::string("\x09\x20", 2) + "Wikipedia";
  EXPECT_EQ(as_text(decompress(Compression::kSnappy, as_bytes(raw), 100).value().bytes()),
            "Wikipedia");
}

TEST(Compression, CutInputIsNeverTakenForWhole) {
  std::string plain;
  for (int i = 0; i < 3000; ++i) plain += std::to_string(i * 7919);
  for (const Compression codec : kCodecs) {
    if (codec == Compression::kNone) continue;
    const Bytes packed = compress(codec, as_bytes(plain)).value();
    EXPECT_EQ(as_text(decompress(codec, packed, plain.size()).value().bytes()), plain);
    for (std::size_t size = 0; size < packed.size(); size += 1 + packed.size() / 50) {
      const auto cut = decompress(codec, BytesView(packed).first(size), plain.size());
      // Snappy's framing has no end mark: cut between blocks it is whole, but shorter.
      EXPECT_TRUE(!cut || (codec == Compression::kSnappy && cut->bytes().size() < plain.size()))
          << "codec " << static_cast<int>(codec) << " cut at " << size;
    }
  }
}

}  // namespace
}  // namespace daybook::wire
