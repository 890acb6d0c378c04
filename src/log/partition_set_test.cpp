#include "log/partition_set.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "io/clock.h"
#include "io/faulty_file_system.h"
#include "log/committer.h"
#include "log/durable_end.h"
#include "log/file_names.h"
#include "log/test_batches.h"

namespace daybook::log {
namespace {

class PartitionSetTest : public testing::Test {
 protected:
  PartitionSetTest() { open(); }

  void open() {
    set_.reset();
    auto opened = PartitionSet::open(fs_, clock_, committer_, "data/log", {}, Durability::kFsync);
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    set_ = *std::move(opened);
  }
  std::shared_ptr<Partition> create(std::string_view topic, std::int32_t partition) {
    auto made = set_->create(topic, PartitionId{partition}, random_uuid(), {});
    EXPECT_TRUE(made.has_value()) << made.error().message;
    return made.value_or(nullptr);
  }
  void append(std::string_view topic, std::string value) {
    const auto partition = set_->find(topic, PartitionId{0}).value();
    ASSERT_TRUE(partition->append(make_batch({std::move(value)})).has_value());
    committer_.commit_pending();
  }

  io::FaultyFileSystem fs_{1};
  io::ManualClock clock_{TimestampMs{1'000'000}};
  Committer committer_{0};
  std::unique_ptr<PartitionSet> set_;
};

TEST_F(PartitionSetTest, FindsWhatWasMadeAndNothingElse) {
  const auto made = create("orders", 3);
  EXPECT_EQ(set_->find("orders", PartitionId{3}).value(), made);
  EXPECT_EQ(set_->find("orders", PartitionId{2}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(set_->find("order", PartitionId{3}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(set_->create("orders", PartitionId{3}, random_uuid(), {}).error().code,
            ErrorCode::kAlreadyExists);
}

TEST_F(PartitionSetTest, APartitionThatCannotBeMadeLeavesNoFolder) {
  fs_.limit_space(0);
  EXPECT_EQ(set_->create("t", PartitionId{0}, random_uuid(), {}).error().code, ErrorCode::kNoSpace);
  fs_.heal();
  open();
  EXPECT_TRUE(set_->list().empty());
  create("t", 0);
}

TEST_F(PartitionSetTest, PartitionsSurviveACrashRightAfterTheyAreMade) {
  create("b", 0);
  create("a", 1);
  create("a", 0);
  fs_.crash();
  fs_.power_on();
  open();
  const std::vector<TopicPartition> expected{
      {"a", PartitionId{0}}, {"a", PartitionId{1}}, {"b", PartitionId{0}}};
  EXPECT_EQ(set_->list(), expected);
  ASSERT_EQ(set_->opened().size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(set_->opened()[i].name, expected[i]);
    EXPECT_TRUE(set_->opened()[i].status.has_value());
  }
}

TEST_F(PartitionSetTest, WhatKafkaExpectsInTheFolderIsThere) {
  const Uuid id = random_uuid();
  ASSERT_TRUE(set_->create("t", PartitionId{0}, id, {}).has_value());
  const auto content = [&](const std::string& name) {
    const auto file = fs_.open("data/log/t-0/" + name, io::OpenMode::kRead).value();
    Bytes bytes(file->size().value());
    EXPECT_TRUE(file->read_at(0, bytes).has_value());
    return std::string(as_text(bytes));
  };
  EXPECT_EQ(content("partition.metadata"), "version: 0\ntopic_id: " + to_string(id) + "\n");
  EXPECT_EQ(content("leader-epoch-checkpoint"), "0\n1\n0 0\n");
  EXPECT_EQ(content("00000000000000000000.log"), "");
}

TEST_F(PartitionSetTest, ACorruptPartitionDoesNotStopTheOthers) {
  create("good", 0);
  create("bad", 0);
  append("good", "kept");
  append("bad", "damaged");
  auto file = fs_.open("data/log/bad-0/00000000000000000000.log", io::OpenMode::kWrite).value();
  ASSERT_TRUE(file->write_at(65, as_bytes("X")).has_value());
  open();
  EXPECT_EQ(read_all(**set_->find("good", PartitionId{0}), Offset{0}).size(), 1u);
  const auto bad = set_->find("bad", PartitionId{0});
  ASSERT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(set_->opened()[0].status.error().message, bad.error().message);
  EXPECT_EQ(set_->list().size(), 2u) << "it is there, and answers its error";
  EXPECT_EQ(set_->create("bad", PartitionId{0}, random_uuid(), {}).error().code,
            ErrorCode::kAlreadyExists);
  EXPECT_TRUE(set_->remove("bad", PartitionId{0}).has_value());
  EXPECT_EQ(set_->find("bad", PartitionId{0}).error().code, ErrorCode::kNotFound);
}

TEST_F(PartitionSetTest, ARemovedPartitionIsGoneAndItsUsersAreTold) {
  const auto used = create("t", 0);
  append("t", "x");
  bool woken = false;
  used->when_readable(Offset{1}, [&] { woken = true; });
  ASSERT_TRUE(set_->remove("t", PartitionId{0}).has_value());
  EXPECT_TRUE(woken);
  EXPECT_EQ(used->append(make_batch({"y"})).error().fault, AppendFault::kClosed);
  EXPECT_EQ(used->read(Offset{0}, 100, true).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(set_->find("t", PartitionId{0}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(set_->remove("t", PartitionId{0}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(create("t", 0)->log_end(), Offset{0}) << "the name is free again";
}

TEST_F(PartitionSetTest, RemovedFoldersAreNamedAsKafkaDoesAndSwept) {
  create("t", 0);
  ASSERT_TRUE(set_->remove("t", PartitionId{0}).has_value());
  auto entries = fs_.list("data/log").value();
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_TRUE(entries[0].name.starts_with("t-0.") && entries[0].name.ends_with("-delete"));
  EXPECT_EQ(entries[0].name.size(), std::string("t-0.-delete").size() + 32);
  fs_.crash();
  fs_.power_on();
  open();
  EXPECT_TRUE(set_->list().empty()) << "a crash does not bring it back";
  EXPECT_EQ(fs_.list("data/log")->size(), 1u) << "nobody waits for the bytes to go";
  ASSERT_TRUE(set_->sweep(false).has_value());
  EXPECT_TRUE(fs_.list("data/log")->empty());
}

TEST_F(PartitionSetTest, SweepLeavesWhatIsNotOurs) {
  ASSERT_TRUE(fs_.create_folders("data/log/notes.to-delete").has_value());
  ASSERT_TRUE(set_->sweep(false).has_value());
  EXPECT_TRUE(fs_.exists("data/log/notes.to-delete").value());
}

TEST_F(PartitionSetTest, SeveralAreMadeAndRemovedTogether) {
  std::vector<PartitionId> ids;
  for (std::int32_t i = 0; i < 100; ++i) ids.push_back(PartitionId{i});
  create("t", 7);
  const auto made = set_->create("t", ids, random_uuid(), {});
  for (const PartitionId id : ids) {
    const auto& one = made[static_cast<std::size_t>(id.value)];
    if (id.value == 7) {
      EXPECT_EQ(one.error().code, ErrorCode::kAlreadyExists);
    } else {
      EXPECT_EQ(set_->find("t", id).value(), one.value());
    }
  }
  fs_.crash();
  fs_.power_on();
  open();
  EXPECT_EQ(set_->list().size(), ids.size());
  ids.push_back(PartitionId{100});
  EXPECT_EQ(set_->remove("t", ids).error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(set_->list().empty()) << "those that were there are gone";
  fs_.crash();
  fs_.power_on();
  open();
  EXPECT_TRUE(set_->list().empty());
}

TEST_F(PartitionSetTest, ASweepThatIsToStopLeavesTheRestToTheNext) {
  create("t", 0);
  ASSERT_TRUE(set_->remove("t", PartitionId{0}).has_value());
  ASSERT_TRUE(set_->sweep(true).has_value());
  EXPECT_EQ(fs_.list("data/log")->size(), 1u);
  ASSERT_TRUE(set_->sweep(false).has_value());
  EXPECT_TRUE(fs_.list("data/log")->empty());
}

TEST_F(PartitionSetTest, AfterACrashAllTogetherScanNoMoreThanTheyMay) {
  constexpr std::uint64_t kMaxBytes = 200'000;
  const auto open_bounded = [&] {
    set_.reset();
    set_ = PartitionSet::open(fs_, clock_, committer_, "data/log", {}, Durability::kFsync, {},
                              kMaxBytes)
               .value();
  };
  open_bounded();
  for (std::int32_t i = 0; i < 20; ++i) create("t", i);
  for (int round = 0; round < 50; ++round) {
    for (std::int32_t i = 0; i < 20; ++i) {
      const auto partition = set_->find("t", PartitionId{i}).value();
      ASSERT_TRUE(partition->append(make_batch({std::string(1000, 'x')})).has_value());
    }
    committer_.commit_pending();
  }
  open_bounded();
  std::uint64_t scanned = 0;
  for (const OpenedPartition& opened : set_->opened()) scanned += opened.report.scanned_bytes;
  EXPECT_GT(scanned, 0u);
  EXPECT_LT(scanned, kMaxBytes + 20 * 2 * PartitionConfig{}.index_interval_bytes);
}

TEST_F(PartitionSetTest, LongTopicNamesFitWhenTheyAreRemoved) {
  const std::string topic(249, 'n');
  create(topic, 0);
  ASSERT_TRUE(set_->remove(topic, PartitionId{0}).has_value());
  const auto entries = fs_.list("data/log").value();
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].name.size(), 255u);
}

TEST_F(PartitionSetTest, CloseMakesTheNextStartSkipTheScan) {
  create("t", 0);
  append("t", "x");
  ASSERT_TRUE(set_->close().has_value());
  open();
  EXPECT_FALSE(set_->opened()[0].report.scanned);
  append("t", "y");
  open();
  EXPECT_TRUE(set_->opened()[0].report.scanned);
}

TEST(FolderName, HasKafkasForm) {
  EXPECT_EQ(folder_name("my-topic.v1", PartitionId{12}), "my-topic.v1-12");
  const auto parsed = parse_folder_name("my-topic.v1-12");
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(*parsed, (TopicPartition{"my-topic.v1", PartitionId{12}}));
  EXPECT_EQ(parse_folder_name("t--1")->topic, "t-");
  for (const char* other :
       {"", "t", "t-", "-0", "t-x", "t-01", "t-0.ab-delete", "t-99999999999", "t-1 "}) {
    EXPECT_FALSE(parse_folder_name(other).has_value()) << other;
  }
}

TEST(FileNames, HaveTwentyDigits) {
  EXPECT_EQ(offset_path("f", Offset{42}, kLogSuffix), "f/00000000000000000042.log");
  EXPECT_EQ(offset_in_name("00000000000000000042.log", kLogSuffix), Offset{42});
  for (const char* other : {"42.log", "00000000000000000042.index", "0000000000000000004x.log",
                            "99999999999999999999.log", "-0000000000000000042.log",
                            "00000000000000000042.log.deleted", ""}) {
    EXPECT_FALSE(offset_in_name(other, kLogSuffix).has_value()) << other;
  }
}

TEST(DurableEnd, IsReadBackAndEveryChangeOfItRefused) {
  const LogPoint point{Offset{0x1122334455}, Offset{0x1122334400}, 0x66778899 >> 1};
  const auto bytes = encode_durable_end(point);
  EXPECT_EQ(decode_durable_end(bytes), point);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    auto changed = bytes;
    changed[at] ^= std::byte{4};
    EXPECT_FALSE(decode_durable_end(changed).has_value()) << at;
    EXPECT_FALSE(decode_durable_end(BytesView(bytes).first(at)).has_value()) << at;
  }
  EXPECT_FALSE(decode_durable_end(Bytes(kDurableEndSizeBytes)).has_value()) << "zeros";
}

}  // namespace
}  // namespace daybook::log
