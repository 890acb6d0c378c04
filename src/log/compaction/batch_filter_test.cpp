#include "log/compaction/batch_filter.h"

#include <gtest/gtest.h>

#include <string>

#include "wire/batch_builder.h"
#include "wire/control_record.h"
#include "wire/record_reader.h"

namespace daybook::log {
namespace {

using Fate = Filtered::Fate;

struct Kv {
  std::optional<std::string> key;
  std::optional<std::string> value;
};

Bytes batch_of(const std::vector<Kv>& records, wire::BatchOptions options = {}) {
  wire::BatchBuilder builder(options);
  std::int64_t time = 1000;
  for (const Kv& record : records) {
    const auto view = [](const std::optional<std::string>& text) {
      return text ? std::optional(as_bytes(*text)) : std::nullopt;
    };
    const wire::RecordHeader header{as_bytes("h"), as_bytes("x")};
    builder.add(TimestampMs{time++}, view(record.key), view(record.value), {&header, 1});
  }
  return std::move(builder).finish().value();
}

class BatchFilterTest : public testing::Test {
 protected:
  void know(const char* key, std::int64_t offset) { map_.put(as_bytes(key), Offset{offset}); }
  FilterRules rules() const {
    return {map_, mapped_end_, log_start_, now_, std::chrono::milliseconds(500)};
  }
  Filtered filter(BytesView batch, bool keep_end = false, std::uint64_t room = 1 << 20) const {
    auto filtered = filter_batch(wire::BatchView(batch), rules(), {is_over_, keep_end, room});
    EXPECT_TRUE(filtered.has_value()) << filtered.error().message;
    if (filtered->fate == Fate::kRewritten) {
      const auto checked = wire::check_batch(wire::BatchView(filtered->bytes));
      EXPECT_TRUE(checked.has_value()) << checked.error().message;
    }
    return *std::move(filtered);
  }
  static std::string text_of(BytesView batch) {
    std::string text;
    auto reader = wire::RecordReader::open(wire::BatchView(batch)).value();
    for (wire::Record record; reader.next(record).value();) {
      text += std::to_string(record.offset.value) + "@" + std::to_string(record.timestamp.value) +
              ":" + std::string(as_text(record.key.value_or(BytesView{}))) + "=" +
              (record.value ? std::string(as_text(*record.value)) : "-") +
              (record.headers.size() == 1 ? " " : "? ");
    }
    return text;
  }

  KeyMap map_{100, 1 << 20};
  Offset mapped_end_{100};
  Offset log_start_{0};
  TimestampMs now_{10'000};
  bool is_over_ = false;
};

TEST_F(BatchFilterTest, OnlyTheLastRecordOfAKeyStays) {
  know("a", 2);
  know("b", 1);
  for (const auto codec :
       {wire::Compression::kNone, wire::Compression::kGzip, wire::Compression::kSnappy,
        wire::Compression::kLz4, wire::Compression::kZstd}) {
    const Bytes batch = batch_of({{"a", "1"}, {"b", "2"}, {"a", "3"}}, {.compression = codec});
    const Filtered filtered = filter(batch);
    ASSERT_EQ(filtered.fate, Fate::kRewritten);
    EXPECT_EQ(text_of(filtered.bytes), "1@1001:b=2 2@1002:a=3 ");
    EXPECT_EQ(wire::BatchView(filtered.bytes).compression(), codec);
  }
}

TEST_F(BatchFilterTest, WhatIsAllLastIsNotTouched) {
  know("a", 0);
  EXPECT_EQ(filter(batch_of({{"a", "1"}, {"unknown", "2"}})).fate, Fate::kAsItIs);
}

TEST_F(BatchFilterTest, ABatchKeepsItsOffsetsAndItsProducer) {
  know("a", 1);
  know("b", 7);
  const Bytes batch =
      batch_of({{"b", "1"}, {"a", "2"}, {"b", "3"}}, {.base_offset = Offset{0},
                                                      .leader_epoch = LeaderEpoch{3},
                                                      .producer_id = ProducerId{9},
                                                      .producer_epoch = ProducerEpoch{2},
                                                      .base_sequence = 40});
  const Filtered filtered = filter(batch);
  ASSERT_EQ(filtered.fate, Fate::kRewritten);
  const wire::BatchView view(filtered.bytes);
  EXPECT_EQ(text_of(filtered.bytes), "1@1001:a=2 ");
  EXPECT_EQ(view.base_offset(), Offset{0});
  EXPECT_EQ(view.last_offset(), Offset{2});
  EXPECT_EQ(view.base_sequence(), 40);
  EXPECT_EQ(view.last_sequence(), 42);
  EXPECT_EQ(view.producer_epoch(), ProducerEpoch{2});
  EXPECT_EQ(view.leader_epoch(), LeaderEpoch{3});
}

TEST_F(BatchFilterTest, AnEmptyBatchGoesUnlessItsEndIsNeeded) {
  know("a", 50);
  const Bytes batch = batch_of({{"a", "1"}, {"a", "2"}}, {.compression = wire::Compression::kZstd,
                                                          .producer_id = ProducerId{9},
                                                          .producer_epoch = ProducerEpoch{2},
                                                          .base_sequence = 40});
  EXPECT_EQ(filter(batch).fate, Fate::kGone);
  const Filtered kept = filter(batch, true);
  ASSERT_EQ(kept.fate, Fate::kRewritten);
  const wire::BatchView view(kept.bytes);
  EXPECT_EQ(view.record_count(), 0);
  EXPECT_EQ(view.max_timestamp(), kNoTimestamp) << "no record is that late";
  EXPECT_EQ(view.last_offset(), Offset{1});
  EXPECT_EQ(view.last_sequence(), 41);
  EXPECT_EQ(text_of(kept.bytes), "");
  EXPECT_EQ(filter(kept.bytes, true).fate, Fate::kAsItIs);
  EXPECT_EQ(filter(kept.bytes).fate, Fate::kGone);
}

TEST_F(BatchFilterTest, ATombstoneStaysUntilItsHorizon) {
  know("a", 1);
  know("b", 0);
  const Bytes batch = batch_of({{"b", "1"}, {"a", std::nullopt}});
  const Filtered first = filter(batch);
  ASSERT_EQ(first.fate, Fate::kRewritten);
  EXPECT_EQ(text_of(first.bytes), "0@1000:b=1 1@1001:a=- ");
  EXPECT_TRUE(wire::BatchView(first.bytes).has_delete_horizon());
  EXPECT_EQ(wire::BatchView(first.bytes).base_timestamp(), TimestampMs{10'500});
  EXPECT_EQ(wire::BatchView(first.bytes).max_timestamp(), TimestampMs{1001});
  now_ = TimestampMs{10'499};
  EXPECT_EQ(filter(first.bytes).fate, Fate::kAsItIs) << "the horizon does not move";
  now_ = TimestampMs{10'500};
  const Filtered last = filter(first.bytes);
  ASSERT_EQ(last.fate, Fate::kRewritten);
  EXPECT_EQ(text_of(last.bytes), "0@1000:b=1 ");
}

TEST_F(BatchFilterTest, ATombstoneThatWasReplacedGoesAtOnce) {
  know("a", 60);
  EXPECT_EQ(filter(batch_of({{"a", std::nullopt}})).fate, Fate::kGone);
}

TEST_F(BatchFilterTest, WhatTheMapDoesNotCoverStays) {
  know("a", 0);
  mapped_end_ = Offset{1};
  const Bytes batch = batch_of({{"a", "1"}, {"a", std::nullopt}, {std::nullopt, "no key"}});
  EXPECT_EQ(filter(batch).fate, Fate::kAsItIs) << "not even a horizon is set";
}

TEST_F(BatchFilterTest, ARecordWithoutAKeyGoes) {
  EXPECT_EQ(filter(batch_of({{std::nullopt, "1"}})).fate, Fate::kGone);
}

TEST_F(BatchFilterTest, DeletedRecordsGo) {
  know("a", 0);
  know("b", 1);
  log_start_ = Offset{1};
  EXPECT_EQ(text_of(filter(batch_of({{"a", "1"}, {"b", "2"}})).bytes), "1@1001:b=2 ");
}

TEST_F(BatchFilterTest, LogAppendTimeStays) {
  know("a", 1);
  know("b", 7);
  Bytes batch = batch_of({{"b", "1"}, {"a", std::nullopt}});
  wire::set_log_append_time(batch, TimestampMs{77});
  const Filtered filtered = filter(batch);
  EXPECT_EQ(text_of(filtered.bytes), "1@77:a=- ");
  EXPECT_EQ(wire::BatchView(filtered.bytes).timestamp_type(), wire::TimestampType::kLogAppendTime);
}

TEST_F(BatchFilterTest, WhatIsLeftIsNeverLargerThanThereIsRoomFor) {
  know("a", 0);
  know("b", 1);
  now_ = TimestampMs{1'000'000'000'000};
  const Bytes batch = batch_of({{"a", "1"}, {"b", std::nullopt}});
  EXPECT_GT(filter(batch).bytes.size(), batch.size());
  EXPECT_LE(filter(batch, false, batch.size()).bytes.size(), batch.size());
}

TEST_F(BatchFilterTest, RecordsOfAnAbortedTransactionGo) {
  know("a", 0);
  const Bytes batch = batch_of({{"a", "1"}}, {.transactional = true});
  EXPECT_EQ(filter(batch).fate, Fate::kAsItIs);
  is_over_ = true;
  EXPECT_EQ(filter(batch).fate, Fate::kGone);
  EXPECT_EQ(wire::BatchView(filter(batch, true).bytes).record_count(), 0);
}

TEST_F(BatchFilterTest, AMarkerGoesAfterItsTransactionAndItsHorizon) {
  const Bytes marker = wire::end_transaction_batch(
      {wire::TransactionResult::kCommit, 4},
      {.producer_id = ProducerId{9}, .producer_epoch = ProducerEpoch{2}, .timestamp = now_});
  EXPECT_EQ(filter(marker).fate, Fate::kAsItIs);
  is_over_ = true;
  const Filtered first = filter(marker);
  ASSERT_EQ(first.fate, Fate::kRewritten);
  EXPECT_TRUE(wire::BatchView(first.bytes).is_control());
  auto reader = wire::RecordReader::open(wire::BatchView(first.bytes)).value();
  wire::Record record;
  ASSERT_TRUE(reader.next(record).value());
  EXPECT_EQ(wire::read_end_transaction_marker(record).value().coordinator_epoch, 4);
  EXPECT_EQ(filter(first.bytes).fate, Fate::kAsItIs) << "the horizon does not move";
  now_ = TimestampMs{10'500};
  EXPECT_EQ(filter(first.bytes).fate, Fate::kGone);
  const Filtered kept = filter(first.bytes, true);
  EXPECT_EQ(wire::BatchView(kept.bytes).producer_epoch(), ProducerEpoch{2});
}

}  // namespace
}  // namespace daybook::log
