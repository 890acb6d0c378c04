#include "log/partition.h"

#include <gtest/gtest.h>

#include "io/clock.h"
#include "io/faulty_file_system.h"
#include "log/committer.h"
#include "log/test_batches.h"

namespace daybook::log {
namespace {

using io::FaultyFileSystem;

class PartitionTest : public testing::Test {
 protected:
  PartitionTest() {
    config_.segment_bytes = 4096;
    config_.index_interval_bytes = 200;
    EXPECT_TRUE(Partition::create(fs_, kFolder, random_uuid()).has_value());
    open();
  }

  void open() {
    auto opened = try_open();
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    partition_ = *opened;
  }
  Result<std::shared_ptr<Partition>> try_open() {
    partition_.reset();
    return Partition::open(fs_, clock_, committer_, kFolder, config_, durability_, &report_);
  }
  void reopen_after_crash() {
    fs_.crash();
    partition_.reset();
    fs_.power_on();
    open();
  }
  void reopen_after_close() {
    ASSERT_TRUE(partition_->close().has_value());
    open();
  }
  void commit() { committer_.commit_pending(); }
  Appended append(const Bytes& batch) {
    const auto appended = partition_->append(batch);
    EXPECT_TRUE(appended.has_value()) << appended.error().message;
    return appended.value_or(Appended{});
  }
  // Appends `count` records of one batch each and commits them.
  void fill(int count, int from = 0) {
    for (int i = from; i < from + count; ++i) {
      append(make_batch({.values = {value(i)}, .timestamp_ms = 1000 + 10 * i}));
    }
    commit();
  }
  static std::string value(int i) { return "value " + std::to_string(i) + std::string(40, '.'); }
  std::string segment(int base, const char* suffix) const {
    std::string digits = std::to_string(base);
    return std::string(kFolder) + "/" + std::string(20 - digits.size(), '0') + digits + suffix;
  }
  void overwrite(const std::string& path, std::uint64_t at, std::string_view bytes) {
    auto file = fs_.open(path, io::OpenMode::kWrite).value();
    ASSERT_TRUE(file->write_at(at, as_bytes(bytes)).has_value());
    ASSERT_TRUE(file->sync().has_value());
  }
  std::uint64_t size_of(const std::string& path) {
    return fs_.open(path, io::OpenMode::kRead).value()->size().value();
  }
  void expect_values(int count) {
    const auto records = read_all(*partition_, Offset{0});
    ASSERT_EQ(records.size(), static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
      EXPECT_EQ(records[static_cast<std::size_t>(i)], (ReadRecord{Offset{i}, value(i)}));
    }
  }

  static constexpr const char* kFolder = "data/t-0";
  FaultyFileSystem fs_{1};
  io::ManualClock clock_{TimestampMs{1'000'000}};
  Committer committer_{0};
  PartitionConfig config_;
  Durability durability_ = Durability::kFsync;
  RecoveryReport report_;
  std::shared_ptr<Partition> partition_;
};

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

TEST_F(PartitionTest, ProducersAreRememberedAcrossCloseAndCrash) {
  const auto batch = [](int sequence) {
    return make_batch({.values = {value(sequence)}, .producer = 7, .sequence = sequence});
  };
  for (int i = 0; i < 8; ++i) append(batch(i));
  commit();
  for (const bool crash : {false, true}) {
    crash ? reopen_after_crash() : reopen_after_close();
    for (int i = 3; i < 8; ++i) {
      const Appended again = append(batch(i));
      EXPECT_TRUE(again.duplicate) << i;
      EXPECT_EQ(again.base, Offset{i});
    }
    EXPECT_EQ(partition_->append(batch(2)).error().fault, AppendFault::kOutOfOrderSequence);
  }
  EXPECT_FALSE(append(batch(8)).duplicate);
}

TEST_F(PartitionTest, ACleanShutdownSkipsTheScan) {
  fill(300);
  reopen_after_close();
  EXPECT_FALSE(report_.scanned);
  EXPECT_EQ(report_.scanned_bytes, 0u);
  expect_values(300);
  fill(1, 300);
  expect_values(301);
}

TEST_F(PartitionTest, AfterACrashOnlyWhatFollowsTheCheckpointIsScanned) {
  fill(300);
  reopen_after_close();
  fill(5, 300);
  reopen_after_crash();
  EXPECT_TRUE(report_.scanned);
  // The scan begins at the last index entry before the checkpoint.
  EXPECT_LE(report_.scanned_bytes,
            config_.index_interval_bytes + 7 * make_batch({value(300)}).size());
  expect_values(305);
}

TEST_F(PartitionTest, TornTailIsCutAndReported) {
  fill(3);
  const std::string log = segment(0, ".log");
  const std::uint64_t whole = size_of(log);
  overwrite(log, whole, std::string(100, '\0') + "half a batch");
  open();
  EXPECT_EQ(report_.torn_bytes, 112u);
  EXPECT_NE(report_.note.find(log), std::string::npos) << report_.note;
  EXPECT_NE(report_.note.find("byte " + std::to_string(whole)), std::string::npos) << report_.note;
  EXPECT_EQ(size_of(log), whole);
  expect_values(3);
}

TEST_F(PartitionTest, CorruptionOfWhatWasDurableStopsThePartitionAndChangesNothing) {
  fill(20);
  const std::string log = segment(0, ".log");
  const std::uint64_t whole = size_of(log);
  const std::size_t one = make_batch({value(3)}).size();
  overwrite(log, 3 * one + 70, "X");
  const auto opened = try_open();
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::kCorrupt);
  EXPECT_NE(opened.error().message.find(log), std::string::npos) << opened.error().message;
  EXPECT_NE(opened.error().message.find("byte " + std::to_string(3 * one)), std::string::npos)
      << opened.error().message;
  EXPECT_EQ(size_of(log), whole);
}

TEST_F(PartitionTest, AShortenedFileIsCorrupt) {
  fill(20);
  const std::string log = segment(0, ".log");
  const std::size_t one = make_batch({value(3)}).size();
  ASSERT_TRUE(fs_.open(log, io::OpenMode::kWrite).value()->truncate(10 * one).has_value());
  EXPECT_EQ(try_open().error().code, ErrorCode::kCorrupt);
}

TEST_F(PartitionTest, AMissingSegmentIsCorrupt) {
  fill(300);
  ASSERT_TRUE(partition_->close().has_value());
  std::string last;
  const auto entries = fs_.list(kFolder).value();
  for (const io::Entry& entry : entries) {
    if (entry.name.ends_with(".log")) last = entry.name;
  }
  ASSERT_TRUE(fs_.remove(std::string(kFolder) + "/" + last).has_value());
  EXPECT_EQ(try_open().error().code, ErrorCode::kCorrupt);
}

TEST_F(PartitionTest, CorruptionIsNotServed) {
  fill(20);
  reopen_after_close();
  const std::string log = segment(0, ".log");
  const std::size_t one = make_batch({value(3)}).size();
  overwrite(log, 3 * one + 70, "X");
  const auto read = partition_->read(Offset{3}, 1000, true);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, ErrorCode::kCorrupt);
  EXPECT_NE(read.error().message.find(log + " at byte " + std::to_string(3 * one)),
            std::string::npos)
      << read.error().message;
}

TEST_F(PartitionTest, AReadErrorWhileOpeningIsNotCorruption) {
  fill(20);
  std::uint64_t failed = 0;
  for (;; ++failed) {
    fs_.fail_after(FaultyFileSystem::Operation::kRead, failed + 1);
    const auto opened = try_open();
    if (opened) break;
    ASSERT_EQ(opened.error().code, ErrorCode::kIo) << "read " << failed + 1;
  }
  EXPECT_GE(failed, 3u);
  fs_.heal();
  open();
  expect_values(20);
}

TEST_F(PartitionTest, WrongIndexesDoNotMisleadReaders) {
  fill(300);
  reopen_after_close();
  // An entry that names a place inside of a batch, and a file that is missing.
  overwrite(segment(0, ".index"), 8, std::string("\0\0\0\5\0\0\0\7", 8));
  ASSERT_TRUE(fs_.remove(segment(0, ".timeindex")).has_value());
  expect_values(300);
  EXPECT_EQ(partition_->offset_for_time(TimestampMs{1040}).value()->offset, Offset{4});
}

TEST_F(PartitionTest, AFailedSyncStopsThePartition) {
  fill(3);
  const Appended lost = append(make_batch({value(3)}));
  Status outcome;
  partition_->when_durable(lost.end, [&](const Status& status) { outcome = status; });
  bool woken = false;
  partition_->when_readable(Offset{3}, [&] { woken = true; });
  fs_.fail_after(FaultyFileSystem::Operation::kSync, 1);
  commit();
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ErrorCode::kIo);
  EXPECT_NE(outcome.error().message.find(segment(0, ".log")), std::string::npos);
  EXPECT_TRUE(woken);
  EXPECT_EQ(partition_->append(make_batch({"x"})).error().fault, AppendFault::kStorage);
  EXPECT_FALSE(partition_->health().has_value());
  EXPECT_EQ(partition_->high_watermark(), Offset{3}) << "the sync was not repeated and believed";
  expect_values(3);
  EXPECT_FALSE(partition_->close().has_value());
}

TEST_F(PartitionTest, WhatAFailedSyncCoveredIsWrittenAgainByTheNextOpen) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    FaultyFileSystem fs(seed);
    ASSERT_TRUE(Partition::create(fs, kFolder, random_uuid()).has_value());
    const auto open_one = [&] {
      auto opened = Partition::open(fs, clock_, committer_, kFolder, config_, durability_);
      EXPECT_TRUE(opened.has_value()) << "seed " << seed << ": " << opened.error().message;
      return opened.value_or(nullptr);
    };
    auto partition = open_one();
    ASSERT_TRUE(partition->append(make_batch({value(0)})).has_value());
    fs.fail_after(FaultyFileSystem::Operation::kSync, 1);
    commit();
    (void)partition->close();
    partition = open_one();
    const Offset seen = partition->high_watermark();
    fs.crash();
    fs.power_on();
    partition = open_one();
    EXPECT_EQ(partition->high_watermark(), seen) << "seed " << seed;
  }
}

TEST_F(PartitionTest, AFailedWriteStopsThePartition) {
  fill(3);
  fs_.fail_after(FaultyFileSystem::Operation::kWrite, 1);
  EXPECT_EQ(partition_->append(make_batch({"x"})).error().fault, AppendFault::kStorage);
  EXPECT_EQ(partition_->append(make_batch({"x"})).error().fault, AppendFault::kStorage);
  open();
  expect_values(3);
}

TEST_F(PartitionTest, AFullDiskRefusesAndLaterAccepts) {
  fill(3);
  fs_.limit_space(0);
  const auto refused = partition_->append(make_batch({value(3)}));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().fault, AppendFault::kNoSpace);
  EXPECT_NE(refused.error().message.find(segment(0, ".log")), std::string::npos);
  EXPECT_EQ(partition_->log_end(), Offset{3});
  fs_.heal();
  fill(2, 3);
  expect_values(5);
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

TEST_F(PartitionTest, AnEmptyFolderBecomesAnEmptyPartition) {
  ASSERT_TRUE(fs_.create_folders("data/u-0").has_value());
  const auto opened =
      Partition::open(fs_, clock_, committer_, "data/u-0", config_, durability_, nullptr);
  ASSERT_TRUE(opened.has_value()) << opened.error().message;
  EXPECT_EQ((*opened)->log_end(), Offset{0});
}

}  // namespace
}  // namespace daybook::log
