#include "log/partition.h"

#include <gtest/gtest.h>

#include "log/partition_fixture.h"

namespace daybook::log {
namespace {

class PartitionTest : public PartitionFixture {};

TEST_F(PartitionTest, AssignsDenseOffsetsInTheOrderOfAppend) {
  EXPECT_EQ(append(make_batch({"a", "b"})).base, Offset{0});
  const Appended second = append(make_batch({"c"}));
  EXPECT_EQ(second.base, Offset{2});
  EXPECT_EQ(second.end, Offset{3});
  commit();
  const auto records = read_all(*partition_, Offset{0});
  EXPECT_EQ(records,
            (std::vector<ReadRecord>{{Offset{0}, "a"}, {Offset{1}, "b"}, {Offset{2}, "c"}}));
}

TEST_F(PartitionTest, SeveralBatchesAreOneAppend) {
  Bytes both = make_batch({"a", "b"});
  const Bytes second = make_batch({"c"});
  both.insert(both.end(), second.begin(), second.end());
  EXPECT_EQ(append(both).end, Offset{3});
  commit();
  EXPECT_EQ(read_all(*partition_, Offset{2}), (std::vector<ReadRecord>{{Offset{2}, "c"}}));
}

TEST_F(PartitionTest, BatchesAreStoredAsTheyCameButForOffsetAndEpoch) {
  fill(1);
  const Bytes sent = make_batch({"some", "thing"});
  append(sent);
  commit();
  Bytes stored = partition_->read(Offset{1}, 1000, true)->batches;
  EXPECT_EQ(wire::BatchView(stored).base_offset(), Offset{1});
  EXPECT_EQ(wire::BatchView(stored).leader_epoch(), LeaderEpoch{0});
  wire::set_base_offset(stored, wire::BatchView(sent).base_offset());
  wire::set_leader_epoch(stored, wire::BatchView(sent).leader_epoch());
  EXPECT_EQ(stored, sent);
}

TEST_F(PartitionTest, ReadersSeeNothingBeforeItIsDurable) {
  append(make_batch({"a"}));
  EXPECT_EQ(partition_->log_end(), Offset{1});
  EXPECT_EQ(partition_->high_watermark(), Offset{0});
  EXPECT_TRUE(partition_->read(Offset{0}, 1000, true)->batches.empty());
  commit();
  EXPECT_EQ(partition_->high_watermark(), Offset{1});
  EXPECT_FALSE(partition_->read(Offset{0}, 1000, true)->batches.empty());
}

TEST_F(PartitionTest, WithDurabilityOsReadersSeeItAtOnce) {
  durability_ = Durability::kOs;
  open();
  int told = 0;
  partition_->when_readable(Offset{0}, [&] { ++told; });
  const Appended appended = append(make_batch({"a"}));
  partition_->when_durable(appended.end, [&](const Status& status) { told += status ? 10 : 100; });
  EXPECT_EQ(told, 11);
  EXPECT_EQ(partition_->high_watermark(), Offset{1});
  EXPECT_EQ(read_all(*partition_, Offset{0}).size(), 1u);
}

TEST_F(PartitionTest, OneSyncServesEveryAppendThatWaited) {
  int durable = 0;
  for (int i = 0; i < 10; ++i) {
    const Appended appended = append(make_batch({"a"}));
    partition_->when_durable(appended.end,
                             [&](const Status& status) { durable += status ? 1 : 0; });
  }
  EXPECT_EQ(durable, 0);
  const std::uint64_t before = fs_.changes();
  commit();
  EXPECT_EQ(durable, 10);
  EXPECT_EQ(fs_.changes() - before, 2u) << "one sync of the log, one note of its end";
  bool at_once = false;
  partition_->when_durable(Offset{10}, [&](const Status&) { at_once = true; });
  EXPECT_TRUE(at_once);
}

TEST_F(PartitionTest, ReadReturnsWholeBatchesUpToTheLimit) {
  fill(10);
  const std::size_t one = make_batch({value(0)}).size();
  EXPECT_EQ(partition_->read(Offset{3}, 2 * one, false)->batches.size(), 2 * one);
  EXPECT_EQ(partition_->read(Offset{3}, 3 * one - 1, false)->batches.size(), 2 * one);
  EXPECT_EQ(partition_->read(Offset{3}, one - 1, false)->batches.size(), 0u);
  EXPECT_EQ(partition_->read(Offset{3}, 1, true)->batches.size(), one);
}

TEST_F(PartitionTest, ReadFromInsideABatchReturnsTheWholeBatch) {
  append(make_batch({"a", "b", "c"}));
  commit();
  const auto records = records_of(partition_->read(Offset{2}, 1000, true)->batches);
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0].offset, Offset{0});
}

TEST_F(PartitionTest, ReadOutsideTheLogIsNotFound) {
  fill(3);
  EXPECT_EQ(partition_->read(Offset{-1}, 1000, true).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(partition_->read(Offset{4}, 1000, true).error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(partition_->read(Offset{3}, 1000, true)->batches.empty());
}

TEST_F(PartitionTest, EveryOffsetIsFoundAcrossSegments) {
  fill(300);
  ASSERT_TRUE(fs_.exists(segment(0, ".log")).value());
  EXPECT_GT(size_of(segment(0, ".index")), 0u);
  EXPECT_LE(size_of(segment(0, ".log")), config_.segment_bytes);
  for (int i = 0; i < 300; ++i) {
    const auto read = partition_->read(Offset{i}, 1, true);
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(records_of(read->batches).front(), (ReadRecord{Offset{i}, value(i)}));
  }
  expect_values(300);
}

TEST_F(PartitionTest, EveryTimestampIsFoundAcrossSegments) {
  fill(300);
  for (int i = 0; i < 300; ++i) {
    const auto exact = partition_->offset_for_time(TimestampMs{1000 + 10 * i});
    ASSERT_TRUE(exact.has_value() && exact->has_value()) << i;
    EXPECT_EQ((*exact)->offset, Offset{i});
    const auto after = partition_->offset_for_time(TimestampMs{1000 + 10 * i - 9});
    EXPECT_EQ((*after)->offset, Offset{i});
    EXPECT_EQ((*after)->timestamp, TimestampMs{1000 + 10 * i});
  }
  EXPECT_FALSE(partition_->offset_for_time(TimestampMs{1000 + 2991})->has_value());
  EXPECT_EQ(partition_->offset_of_max_timestamp().value()->offset, Offset{299});
}

TEST_F(PartitionTest, TimesThatGoBackAreFound) {
  append(make_batch({.values = {"late"}, .timestamp_ms = 9000}));
  for (int i = 0; i < 100; ++i) append(make_batch({.values = {value(i)}, .timestamp_ms = 500 + i}));
  commit();
  EXPECT_EQ(partition_->offset_for_time(TimestampMs{600}).value()->offset, Offset{0});
  EXPECT_EQ(partition_->offset_of_max_timestamp().value()->offset, Offset{0});
  EXPECT_EQ(partition_->offset_of_max_timestamp().value()->timestamp, TimestampMs{9000});
}

TEST_F(PartitionTest, AnyTimeCanBeAskedFor) {
  fill(100);
  for (const std::int64_t early : {INT64_MIN, std::int64_t{-5}, std::int64_t{0}}) {
    EXPECT_EQ(partition_->offset_for_time(TimestampMs{early}).value()->offset, Offset{0}) << early;
  }
  EXPECT_FALSE(partition_->offset_for_time(TimestampMs{INT64_MAX})->has_value());
}

TEST_F(PartitionTest, AnEmptyPartitionHasNoTimes) {
  EXPECT_FALSE(partition_->offset_for_time(TimestampMs{0})->has_value());
  EXPECT_FALSE(partition_->offset_of_max_timestamp()->has_value());
}

TEST_F(PartitionTest, RollsByTime) {
  config_.segment_ms = std::chrono::milliseconds(5000);
  partition_->configure(config_);
  append(make_batch({.values = {"a"}, .timestamp_ms = 1000}));
  append(make_batch({.values = {"b"}, .timestamp_ms = 6000}));
  EXPECT_FALSE(fs_.exists(segment(1, ".log")).value());
  append(make_batch({.values = {"c"}, .timestamp_ms = 6001}));
  EXPECT_TRUE(fs_.exists(segment(2, ".log")).value());
  commit();
  EXPECT_EQ(read_all(*partition_, Offset{0}).size(), 3u);
}

TEST_F(PartitionTest, MoreThanASegmentIsRefused) {
  const auto refused = partition_->append(make_batch({std::string(5000, 'x')}));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().fault, AppendFault::kTooLarge);
  EXPECT_EQ(partition_->log_end(), Offset{0});
}

TEST_F(PartitionTest, WhatIsNoBatchIsRefused) {
  EXPECT_EQ(partition_->append({}).error().fault, AppendFault::kInvalid);
  EXPECT_EQ(partition_->append(as_bytes("garbage")).error().fault, AppendFault::kInvalid);
  Bytes cut = make_batch({"a"});
  cut.pop_back();
  EXPECT_EQ(partition_->append(cut).error().fault, AppendFault::kInvalid);
}

TEST_F(PartitionTest, ARetryOfAnIdempotentProducerReturnsTheOriginal) {
  const Bytes batch = make_batch({.values = {"a", "b"}, .producer = 7, .sequence = 0});
  append(batch);
  const Appended again = append(batch);
  EXPECT_TRUE(again.duplicate);
  EXPECT_EQ(again.base, Offset{0});
  EXPECT_EQ(again.end, Offset{2});
  EXPECT_EQ(partition_->log_end(), Offset{2});
}

TEST_F(PartitionTest, AMissingBatchOfAnIdempotentProducerIsNoticed) {
  append(make_batch({.values = {"a"}, .producer = 7, .sequence = 0}));
  const auto gap = partition_->append(make_batch({.values = {"c"}, .producer = 7, .sequence = 2}));
  EXPECT_EQ(gap.error().fault, AppendFault::kOutOfOrderSequence);
  const auto stale = make_batch({.values = {"b"}, .producer = 7, .epoch = 1, .sequence = 0});
  append(stale);
  const auto old = partition_->append(make_batch({.values = {"b"}, .producer = 7, .sequence = 1}));
  EXPECT_EQ(old.error().fault, AppendFault::kStaleEpoch);
}

TEST_F(PartitionTest, ReadersAreWokenOnceAndCanCancel) {
  int first = 0;
  int second = 0;
  const auto one = partition_->when_readable(Offset{0}, [&] { ++first; });
  const auto two = partition_->when_readable(Offset{0}, [&] { ++second; });
  const auto later = partition_->when_readable(Offset{5}, [&] { ++second; });
  EXPECT_NE(one, Partition::kNoWait);
  EXPECT_TRUE(partition_->cancel(two));
  EXPECT_FALSE(partition_->cancel(two));
  fill(2);
  fill(2, 2);
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 0);
  EXPECT_FALSE(partition_->cancel(one));
  EXPECT_TRUE(partition_->cancel(later));
  EXPECT_EQ(partition_->when_readable(Offset{3}, [&] { ++first; }), Partition::kNoWait);
  EXPECT_EQ(first, 2);
}

TEST_F(PartitionTest, AClosedPartitionRefusesAndWakes) {
  bool woken = false;
  partition_->when_readable(Offset{0}, [&] { woken = true; });
  const Appended appended = append(make_batch({"a"}));
  Status outcome = fail(ErrorCode::kInvalid, "not called");
  partition_->when_durable(appended.end, [&](const Status& status) { outcome = status; });
  EXPECT_TRUE(partition_->close().has_value());
  EXPECT_TRUE(outcome.has_value()) << "closing makes durable what was written";
  EXPECT_TRUE(woken);
  EXPECT_EQ(partition_->append(make_batch({"b"})).error().fault, AppendFault::kClosed);
  EXPECT_EQ(partition_->read(Offset{0}, 100, true).error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(partition_->close().has_value());
}

TEST_F(PartitionTest, DurabilityChangesWhileItIsOpen) {
  fill(2);
  config_.durability = Durability::kOs;
  partition_->configure(config_);
  append(make_batch({value(2)}));
  EXPECT_EQ(partition_->high_watermark(), Offset{3}) << "written is enough";
  config_.durability.reset();
  partition_->configure(config_);
  EXPECT_EQ(partition_->high_watermark(), Offset{3}) << "what could be read is durable now";
  append(make_batch({value(3)}));
  EXPECT_EQ(partition_->high_watermark(), Offset{3});
  commit();
  EXPECT_EQ(partition_->high_watermark(), Offset{4});
  reopen_after_crash();
  expect_values(4);
}

}  // namespace
}  // namespace daybook::log
