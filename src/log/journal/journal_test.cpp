// Partitions that share a journal, on a disk whose power fails.

#include <gtest/gtest.h>

#include <algorithm>

#include "base/crc32c.h"
#include "base/endian.h"
#include "io/clock.h"
#include "io/faulty_file_system.h"
#include "log/committer.h"
#include "log/file_names.h"
#include "log/journal/journal_file.h"
#include "log/journal/journal_format.h"
#include "log/partition_set.h"
#include "log/test_batches.h"

namespace daybook::log {
namespace {

constexpr int kPartitions = 4;
constexpr const char* kFile = "data/log/journal/0001.journal";

class JournalTest : public testing::Test {
 protected:
  JournalTest() { start(1); }

  // An empty set, whose journal has a file.
  void start(std::uint64_t seed) {
    set_.reset();
    fs_ = std::make_unique<io::FaultyFileSystem>(seed);
    lengths_.assign(kPartitions, 0);
    open();
    for (int i = 0; i < kPartitions; ++i) create(i, random_uuid());
    append(0);
    committer_.commit_pending();
    committer_.settle_pending();
    ASSERT_TRUE(fs_->exists(kFile).value());
  }
  void create(int number, const Uuid& topic_id) {
    const auto made = set_->create(topic_of(number), PartitionId{0}, topic_id, {});
    ASSERT_TRUE(made.has_value()) << made.error().message;
  }
  static std::string topic_of(int number) {
    return std::string("t").append(std::to_string(number));
  }
  Result<std::shared_ptr<Partition>> find(int number) {
    return set_->find(topic_of(number), PartitionId{0});
  }
  std::string segment(int number) {
    return offset_path("data/log/" + folder_name(topic_of(number), PartitionId{0}), Offset{0},
                       kLogSuffix);
  }

  Status try_open() {
    set_.reset();
    DAYBOOK_TRY(set_, PartitionSet::open(*fs_, clock_, committer_, "data/log", {},
                                         Durability::kFsync, config_));
    return {};
  }
  void open() {
    const Status opened = try_open();
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
  }
  void lose_power() {
    fs_->crash();
    fs_->power_on();
  }

  void append(int number, std::size_t size = 10) {
    const int next = lengths_[static_cast<std::size_t>(number)]++;
    const auto appended =
        find(number).value()->append(make_batch({std::to_string(next) + std::string(size, 'x')}));
    ASSERT_TRUE(appended.has_value()) << appended.error().message;
  }
  void append_to_all_and_commit() {
    for (int i = 0; i < kPartitions; ++i) append(i);
    committer_.commit_pending();
    for (int i = 0; i < kPartitions; ++i)
      EXPECT_EQ(durable(i), lengths_[static_cast<std::size_t>(i)]);
  }
  std::int64_t durable(int number) { return find(number).value()->high_watermark().value; }
  void expect_everything() {
    for (int i = 0; i < kPartitions; ++i) {
      ASSERT_TRUE(find(i).has_value()) << find(i).error().message;
      const auto records = read_all(**find(i), Offset{0}, 4096);
      ASSERT_EQ(records.size(), static_cast<std::size_t>(lengths_[static_cast<std::size_t>(i)]));
    }
  }
  std::uint64_t completed_bytes() {
    std::uint64_t bytes = 0;
    for (const OpenedPartition& opened : set_->opened()) bytes += opened.report.completed_bytes;
    return bytes;
  }
  void overwrite(const std::string& path, std::uint64_t at, std::string_view with) {
    const auto file = fs_->open(path, io::OpenMode::kWrite).value();
    ASSERT_TRUE(file->write_at(at, as_bytes(with)).has_value());
    ASSERT_TRUE(file->sync().has_value());
  }

  std::unique_ptr<io::FaultyFileSystem> fs_;
  io::ManualClock clock_{TimestampMs{1000}};
  Committer committer_{0};
  JournalConfig config_{.file_bytes = 64 << 10, .max_files = 2, .max_range_bytes = 1000};
  std::unique_ptr<PartitionSet> set_;
  std::vector<int> lengths_;
};

TEST_F(JournalTest, AppendsToManyPartitionsAreDurableWithOneSync) {
  for (int i = 0; i < kPartitions; ++i) append(i);
  fs_->fail_after(io::FaultyFileSystem::Operation::kSync, 2);
  committer_.commit_pending();
  for (int i = 0; i < kPartitions; ++i) {
    EXPECT_EQ(durable(i), lengths_[static_cast<std::size_t>(i)]) << "a second sync was made";
  }
}

TEST_F(JournalTest, RecoveryCompletesTheSegments) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    start(seed);
    for (int round = 0; round < 3; ++round) append_to_all_and_commit();
    lose_power();
    open();
    EXPECT_TRUE(set_->journal_notes().empty());
    EXPECT_GT(completed_bytes(), 0u);
    expect_everything();
    // By now they are in the segments, and the journal is empty.
    lose_power();
    open();
    EXPECT_EQ(completed_bytes(), 0u);
    expect_everything();
  }
}

TEST_F(JournalTest, AFullFileIsUsedAgainWhenItsSegmentsAreSynced) {
  const auto journal_files = [&] { return fs_->list("data/log/journal").value().size(); };
  for (int round = 0; round < 100; ++round) {
    append_to_all_and_commit();
    committer_.settle_pending();
    ASSERT_LE(journal_files(), config_.max_files);
  }
  lose_power();
  open();
  expect_everything();
}

TEST_F(JournalTest, WithoutRoomEveryPartitionIsSyncedByItself) {
  for (int round = 0; round < 100; ++round) append_to_all_and_commit();
  lose_power();
  open();
  expect_everything();
}

TEST_F(JournalTest, WhatIsLargeIsNotWrittenTwice) {
  append(1, 2 * config_.max_range_bytes);
  committer_.commit_pending();
  EXPECT_EQ(durable(1), 1);
  lose_power();
  open();
  EXPECT_EQ(completed_bytes(), 0u);
  expect_everything();
}

TEST_F(JournalTest, WhatDoesNotFitABlockGoesIntoTheNext) {
  config_ = {.file_bytes = 16 << 20, .max_files = 1, .max_range_bytes = 2 << 20};
  start(1);
  for (int i = 0; i < kPartitions; ++i) append(i, kMaxJournalBlockBytes / 3);
  fs_->fail_after(io::FaultyFileSystem::Operation::kSync, 3);
  committer_.commit_pending();
  for (int i = 0; i < kPartitions; ++i) {
    EXPECT_EQ(durable(i), lengths_[static_cast<std::size_t>(i)]) << "a third sync was made";
  }
  fs_->heal();
  lose_power();
  open();
  EXPECT_GT(completed_bytes(), kMaxJournalBlockBytes);
  expect_everything();
}

TEST_F(JournalTest, AJournalThatFailsIsNotUsedAgainAndLosesNothing) {
  append_to_all_and_commit();
  for (int i = 0; i < kPartitions; ++i) append(i);
  fs_->fail_after(io::FaultyFileSystem::Operation::kSync, 1);
  committer_.commit_pending();
  for (int i = 0; i < kPartitions; ++i)
    EXPECT_EQ(durable(i), lengths_[static_cast<std::size_t>(i)]);
  append_to_all_and_commit();
  lose_power();
  open();
  expect_everything();
}

TEST_F(JournalTest, AFileIsNotUsedBeforeItsNameIsDurable) {
  constexpr std::uint64_t kNamesToMakeAFile = 5;
  for (std::uint64_t seed = 0; seed < 8 * kNamesToMakeAFile; ++seed) {
    set_.reset();
    fs_ = std::make_unique<io::FaultyFileSystem>(seed);
    lengths_.assign(kPartitions, 0);
    open();
    for (int i = 0; i < kPartitions; ++i) create(i, random_uuid());
    append(0);
    committer_.commit_pending();
    fs_->fail_after(io::FaultyFileSystem::Operation::kName, 1 + seed % kNamesToMakeAFile);
    committer_.settle_pending();
    fs_->heal();
    open();
    append_to_all_and_commit();
    committer_.settle_pending();
    append_to_all_and_commit();
    lose_power();
    open();
    expect_everything();
  }
}

TEST_F(JournalTest, ATornTailIsNormal) {
  append_to_all_and_commit();
  append_to_all_and_commit();
  overwrite(kFile, 2 * kJournalAlignment + kJournalBlockHeaderBytes + 5, "torn");
  open();
  EXPECT_TRUE(set_->journal_notes().empty());
  expect_everything();
}

TEST_F(JournalTest, ADamagedJournalIsReportedAndShortensNoSegment) {
  for (int round = 0; round < 3; ++round) append_to_all_and_commit();
  overwrite(kFile, 2 * kJournalAlignment + kJournalBlockHeaderBytes + 5, "rotten");
  open();
  ASSERT_EQ(set_->journal_notes().size(), 1u);
  EXPECT_NE(set_->journal_notes().front().find(std::string(kFile) + " is damaged at byte 12288"),
            std::string::npos)
      << set_->journal_notes().front();
  EXPECT_TRUE(fs_->exists(std::string(kFile) + std::string(kDamagedJournalSuffix)).value());
  expect_everything();
  append_to_all_and_commit();
  committer_.settle_pending();
  append_to_all_and_commit();
  lose_power();
  open();
  EXPECT_TRUE(set_->journal_notes().empty());
  expect_everything();
}

TEST_F(JournalTest, AJournalWithoutItsHeaderIsReported) {
  append_to_all_and_commit();
  overwrite(kFile, 3, "?");
  open();
  EXPECT_EQ(set_->journal_notes().size(), 1u);
  expect_everything();
}

TEST_F(JournalTest, TheNewerHeaderIsMissedIfSomethingWasWrittenUnderIt) {
  append_to_all_and_commit();
  open();  // emptied: the second header counts
  append_to_all_and_commit();
  overwrite(kFile, journal_header_at(1) + 3, "?");
  open();
  EXPECT_EQ(set_->journal_notes().size(), 1u);
  expect_everything();
}

TEST_F(JournalTest, AHeaderThatWasTornWhileTheFileWasEmptiedIsNormal) {
  append_to_all_and_commit();
  overwrite(kFile, journal_header_at(1), "DAYBKJ");
  open();
  EXPECT_TRUE(set_->journal_notes().empty());
  EXPECT_GT(completed_bytes(), 0u);
  expect_everything();
}

TEST_F(JournalTest, CorruptionBelowWhatTheJournalHeldIsReportedAndNotCut) {
  append(2, 2 * config_.max_range_bytes);  // not in the journal
  append_to_all_and_commit();
  append_to_all_and_commit();
  overwrite(segment(2), 70, "X");
  ASSERT_TRUE(fs_->remove("data/log/t2-0/durable-end").has_value());
  open();
  ASSERT_FALSE(find(2).has_value());
  EXPECT_EQ(find(2).error().code, ErrorCode::kCorrupt);
  EXPECT_TRUE(find(1).has_value());
  // The same again: the journal is kept until that is mended.
  EXPECT_EQ(set_->journal_notes().size(), 1u);
  append(1);
  committer_.commit_pending();
  lose_power();
  open();
  EXPECT_EQ(find(2).error().code, ErrorCode::kCorrupt);
  ASSERT_TRUE(fs_->remove_folder("data/log/t2-0").has_value());
  open();
  EXPECT_TRUE(set_->journal_notes().empty());
}

TEST_F(JournalTest, ATopicMadeAnewIsNotGivenWhatTheOldOneHad) {
  append_to_all_and_commit();
  ASSERT_TRUE(set_->remove(topic_of(1), PartitionId{0}).has_value());
  lengths_[1] = 0;
  create(1, random_uuid());
  lose_power();
  open();
  expect_everything();
}

TEST_F(JournalTest, ATopicWhoseMakingWasCutShortIsNotGivenWhatTheOldOneHad) {
  constexpr std::uint64_t kMostChanges = 40;
  for (std::uint64_t seed = 0; seed < 5 * kMostChanges; ++seed) {
    start(seed);
    append_to_all_and_commit();
    fs_->crash_after(1 + seed % kMostChanges);
    const bool removed = set_->remove(topic_of(1), PartitionId{0}).has_value();
    const bool made =
        removed && set_->create(topic_of(1), PartitionId{0}, random_uuid(), {}).has_value();
    lose_power();
    open();
    EXPECT_TRUE(set_->journal_notes().empty());
    // As the broker, which knows what it wanted.
    if (!removed && find(1)) {
      ASSERT_TRUE(set_->remove(topic_of(1), PartitionId{0}));
    }
    if (!find(1)) {
      EXPECT_FALSE(made);
      create(1, random_uuid());
    }
    lengths_[1] = 0;
    expect_everything();
  }
}

TEST_F(JournalTest, ADurableBatchIsNotOverwrittenByAnotherOne) {
  append_to_all_and_commit();
  append(1, 2 * config_.max_range_bytes);  // syncs the segment, and notes how far
  committer_.commit_pending();
  const Bytes other = make_batch({"9" + std::string(10, 'y')});
  overwrite(segment(1), 0, as_text(other));
  open();
  ASSERT_FALSE(find(1).has_value());
  EXPECT_NE(find(1).error().message.find("another batch at byte 0"), std::string::npos)
      << find(1).error().message;
  EXPECT_TRUE(find(2).has_value());
}

TEST_F(JournalTest, ABatchThatWasNeverAcknowledgedIsOverwritten) {
  append_to_all_and_commit();
  const Bytes other = make_batch({"9" + std::string(10, 'y')});
  overwrite(segment(1), 0, as_text(other));
  open();
  ASSERT_TRUE(find(1).has_value()) << find(1).error().message;
  EXPECT_EQ(read_all(**find(1), Offset{0}).front().value, "0" + std::string(10, 'x'));
}

TEST_F(JournalTest, ASegmentThatWasSyncedWholeIsLeftAlone) {
  append_to_all_and_commit();
  PartitionConfig config;
  config.segment_bytes = kMinSegmentBytes;
  find(1).value()->configure(config);
  append(1, kMinSegmentBytes - 100);  // begins the next segment, and is a checkpoint
  committer_.commit_pending();
  ASSERT_TRUE(fs_->remove(offset_path("data/log/t1-0", Offset{lengths_[1]}, kSnapshotSuffix)));
  // As if compaction had made another one of it.
  const Bytes other = make_batch({"9" + std::string(10, 'y')});
  overwrite(segment(1), 0, as_text(other));
  open();
  ASSERT_TRUE(find(1).has_value()) << find(1).error().message;
  EXPECT_EQ(read_all(**find(1), Offset{0}).front().value, "9" + std::string(10, 'y'));
}

TEST_F(JournalTest, ANewerVersionIsRefused) {
  append_to_all_and_commit();
  Bytes header = encode_journal_header({config_.file_bytes, 1, 7});
  header[11] = std::byte{2};
  store_be(header.data() + 32, crc32c(BytesView(header).first(32)));
  overwrite(kFile, 0, as_text(header));
  EXPECT_EQ(try_open().error().code, ErrorCode::kUnsupported);
}

TEST_F(JournalTest, ACleanCloseLeavesNothingToComplete) {
  append_to_all_and_commit();
  ASSERT_TRUE(set_->close().has_value());
  open();
  EXPECT_EQ(completed_bytes(), 0u);
  for (const OpenedPartition& opened : set_->opened()) EXPECT_FALSE(opened.report.scanned);
  expect_everything();
}

}  // namespace
}  // namespace daybook::log
