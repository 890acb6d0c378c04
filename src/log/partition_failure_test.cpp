// Restarts, crashes, damage and failing disks.

#include <gtest/gtest.h>

#include "log/partition.h"
#include "log/partition_fixture.h"

namespace daybook::log {
namespace {

using io::FaultyFileSystem;

class PartitionFailureTest : public PartitionFixture {};

TEST_F(PartitionFailureTest, ProducersAreRememberedAcrossCloseAndCrash) {
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

TEST_F(PartitionFailureTest, ACleanShutdownSkipsTheScan) {
  fill(300);
  reopen_after_close();
  EXPECT_FALSE(report_.scanned);
  EXPECT_EQ(report_.scanned_bytes, 0u);
  expect_values(300);
  fill(1, 300);
  expect_values(301);
}

TEST_F(PartitionFailureTest, AfterACrashOnlyWhatFollowsTheCheckpointIsScanned) {
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

TEST_F(PartitionFailureTest, TornTailIsCutAndReported) {
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

TEST_F(PartitionFailureTest, CorruptionOfWhatWasDurableStopsThePartitionAndChangesNothing) {
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

TEST_F(PartitionFailureTest, AShortenedFileIsCorrupt) {
  fill(20);
  const std::string log = segment(0, ".log");
  const std::size_t one = make_batch({value(3)}).size();
  ASSERT_TRUE(fs_.open(log, io::OpenMode::kWrite).value()->truncate(10 * one).has_value());
  EXPECT_EQ(try_open().error().code, ErrorCode::kCorrupt);
}

TEST_F(PartitionFailureTest, AMissingSegmentIsCorrupt) {
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

TEST_F(PartitionFailureTest, CorruptionIsNotServed) {
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

TEST_F(PartitionFailureTest, AReadErrorWhileOpeningIsNotCorruption) {
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

TEST_F(PartitionFailureTest, WrongIndexesDoNotMisleadReaders) {
  fill(300);
  reopen_after_close();
  // An entry that names a place inside of a batch, and a file that is missing.
  overwrite(segment(0, ".index"), 8, std::string("\0\0\0\5\0\0\0\7", 8));
  ASSERT_TRUE(fs_.remove(segment(0, ".timeindex")).has_value());
  expect_values(300);
  EXPECT_EQ(partition_->offset_for_time(TimestampMs{1040}).value()->offset, Offset{4});
}

TEST_F(PartitionFailureTest, AFailedSyncStopsThePartition) {
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

TEST_F(PartitionFailureTest, WhatAFailedSyncCoveredIsWrittenAgainByTheNextOpen) {
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

TEST_F(PartitionFailureTest, AFailedWriteStopsThePartition) {
  fill(3);
  fs_.fail_after(FaultyFileSystem::Operation::kWrite, 1);
  EXPECT_EQ(partition_->append(make_batch({"x"})).error().fault, AppendFault::kStorage);
  EXPECT_EQ(partition_->append(make_batch({"x"})).error().fault, AppendFault::kStorage);
  open();
  expect_values(3);
}

TEST_F(PartitionFailureTest, AFullDiskRefusesAndLaterAccepts) {
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

TEST_F(PartitionFailureTest, OfARefusedAppendNothingIsLeftBehind) {
  fill(3);
  const Bytes whole = make_batch({value(3)});
  Bytes two = whole;
  two.insert(two.end(), whole.begin(), whole.end());
  std::uint64_t used = 0;
  const auto entries = fs_.list(kFolder).value();
  for (const io::Entry& entry : entries) used += size_of(std::string(kFolder) + "/" + entry.name);
  fs_.limit_space(used + whole.size() + 10);
  EXPECT_EQ(partition_->append(two).error().fault, AppendFault::kNoSpace);
  fs_.heal();
  open();
  EXPECT_EQ(report_.torn_bytes, 0u);
  expect_values(3);
}

TEST_F(PartitionFailureTest, AFullDiskDoesNotHinderRecoveryOrReading) {
  fill(60);
  fill(5, 60);
  fs_.crash();
  fs_.power_on();
  fs_.limit_space(0);
  open();
  EXPECT_TRUE(report_.scanned);
  expect_values(65);
  EXPECT_EQ(partition_->append(make_batch({value(65)})).error().fault, AppendFault::kNoSpace);
  fs_.heal();
  fill(55, 65);
  reopen_after_close();
  expect_values(120);
}

TEST_F(PartitionFailureTest, AnEmptyFolderBecomesAnEmptyPartition) {
  ASSERT_TRUE(fs_.create_folders("data/u-0").has_value());
  const auto opened =
      Partition::open(fs_, clock_, committer_, "data/u-0", config_, durability_, nullptr);
  ASSERT_TRUE(opened.has_value()) << opened.error().message;
  EXPECT_EQ((*opened)->log_end(), Offset{0});
}

}  // namespace
}  // namespace daybook::log
