#include "log/partition.h"

#include <gtest/gtest.h>

#include <array>

#include "base/random.h"
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

// Appends that come together: what they give is what each of them would have given alone.
class AppendAllTest : public PartitionFixture {
 protected:
  static constexpr const char* kOther = "data/u-0";

  std::shared_ptr<Partition> open_other() {
    EXPECT_TRUE(Partition::create(fs_, kOther, random_uuid()).has_value());
    return Partition::open(fs_, clock_, committer_, kOther, config_, durability_).value();
  }
  std::vector<AppendResult> append_together(const std::vector<Bytes>& batches) {
    const std::vector<BytesView> views(batches.begin(), batches.end());
    return partition_->append_all(views);
  }
  // The disk takes some of them in two parts.
  std::uint64_t writes() const { return fs_.changes() - fs_.short_calls(); }
  // What is in the segments.
  Bytes stored(const std::string& folder) {
    Bytes all;
    const auto entries = fs_.list(folder).value();
    for (const io::Entry& entry : entries) {
      if (!entry.name.ends_with(".log")) continue;
      const auto file = fs_.open(folder + "/" + entry.name, io::OpenMode::kRead).value();
      Bytes bytes(file->size().value());
      EXPECT_TRUE(file->read_at(0, bytes).has_value());
      all.insert(all.end(), bytes.begin(), bytes.end());
    }
    return all;
  }
};

// Producers that send what is right, send it again, leave something out, begin a new epoch or
// a transaction; records of nobody; large ones; and what is no batch.
Bytes any_append(Random& random, std::array<BatchSpec, 3>& producers) {
  if (random.one_in(20)) return to_bytes(as_bytes("garbage"));
  BatchSpec spec;
  if (random.one_in(4)) {
    spec.values = {std::string(random.below(300), 'n')};
    return make_batch(spec);
  }
  const std::size_t number = random.below(producers.size());
  BatchSpec& producer = producers[number];
  if (!producer.values.empty() && random.one_in(8)) return make_batch(producer);
  producer.producer = 10 + static_cast<std::int64_t>(number);
  producer.sequence += static_cast<std::int32_t>(producer.values.size());
  if (random.one_in(15)) producer.sequence += 1;
  if (random.one_in(15)) {
    ++producer.epoch;
    producer.sequence = 0;
  }
  if (random.one_in(10)) producer.transactional = !producer.transactional;
  const std::size_t size = random.one_in(6) ? 900 : 30;
  producer.values.assign(1 + random.below(3), std::string(random.below(size), 'p'));
  producer.timestamp_ms = 1000 + static_cast<std::int64_t>(random.below(500));
  return make_batch(producer);
}

std::string described(const AppendResult& result) {
  if (!result) return std::to_string(static_cast<int>(result.error().fault));
  return std::to_string(result->base.value) + " to " + std::to_string(result->end.value) +
         (result->duplicate ? ", again" : "");
}

TEST_F(AppendAllTest, TogetherIsAsOneByOne) {
  config_.segment_ms = std::chrono::milliseconds(400);
  open();
  const auto other = open_other();
  Random random(1);
  std::array<BatchSpec, 3> producers;
  for (int round = 0; round < 400; ++round) {
    std::vector<Bytes> batches(1 + random.below(8));
    for (Bytes& batch : batches) batch = any_append(random, producers);
    const auto together = append_together(batches);
    ASSERT_EQ(together.size(), batches.size());
    for (std::size_t i = 0; i < batches.size(); ++i) {
      ASSERT_EQ(described(together[i]), described(other->append(batches[i])))
          << "round " << round << ", append " << i;
    }
    if (random.one_in(4)) commit();
  }
  EXPECT_EQ(stored(kFolder), stored(kOther));
  const auto mine = partition_->producers();
  EXPECT_EQ(mine.size(), other->producers().size());
  ASSERT_TRUE(other->close().has_value());
  reopen_after_crash();
  EXPECT_EQ(stored(kFolder).size(), stored(kOther).size());
}

TEST_F(AppendAllTest, OneWriteHoldsThemAll) {
  fill(1);
  const std::uint64_t before = writes();
  for (const auto& result : append_together({make_batch({"a"}), make_batch({"b"})})) {
    EXPECT_TRUE(result.has_value());
  }
  EXPECT_EQ(writes(), before + 1);
}

TEST_F(AppendAllTest, WithoutSpaceNoneOfThemIsThere) {
  fill(3);
  const std::vector<Bytes> batches{
      make_batch({.values = {value(3)}, .producer = 7, .sequence = 0}),
      make_batch({.values = {value(4)}, .producer = 7, .sequence = 1})};
  std::uint64_t used = 0;
  const auto entries = fs_.list(kFolder).value();
  for (const io::Entry& entry : entries) used += size_of(std::string(kFolder) + "/" + entry.name);
  fs_.limit_space(used + batches[0].size() + 10);
  for (const auto& result : append_together(batches)) {
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().fault, AppendFault::kNoSpace);
  }
  EXPECT_EQ(partition_->log_end(), Offset{3});
  fs_.heal();
  const auto again = append_together(batches);
  ASSERT_TRUE(again[0] && again[1]);
  EXPECT_EQ(again[1]->base, Offset{4});
  commit();
  expect_values(5);
}

TEST_F(AppendAllTest, AFailedWriteStopsThePartitionForAllOfThem) {
  fill(3);
  fs_.fail_after(io::FaultyFileSystem::Operation::kWrite, 1);
  for (const auto& result : append_together({make_batch({"a"}), make_batch({"b"})})) {
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().fault, AppendFault::kStorage);
  }
  open();
  expect_values(3);
}

}  // namespace
}  // namespace daybook::log
