// What leaves a partition: deleted records, and segments that retention no longer keeps.

#include <gtest/gtest.h>

#include "log/partition_fixture.h"

namespace daybook::log {
namespace {

class RetentionTest : public PartitionFixture {
 protected:
  Reclaimed enforce() {
    const auto reclaimed = partition_->enforce_retention();
    EXPECT_TRUE(reclaimed.has_value()) << reclaimed.error().message;
    return reclaimed.value_or(Reclaimed{});
  }
  void configure() { partition_->configure(config_); }
  std::uint64_t bytes_on_disk() {
    std::uint64_t bytes = 0;
    const auto entries = fs_.list(kFolder).value();
    for (const io::Entry& entry : entries) {
      if (entry.name.ends_with(".log")) bytes += size_of(std::string(kFolder) + "/" + entry.name);
    }
    return bytes;
  }
  std::size_t files(std::string_view suffix) {
    std::size_t count = 0;
    const auto entries = fs_.list(kFolder).value();
    for (const io::Entry& entry : entries) count += entry.name.ends_with(suffix);
    return count;
  }
  // Everything that is served, from the log start on.
  void expect_values_from(int first, int end) {
    EXPECT_EQ(partition_->log_start(), Offset{first});
    const auto records = read_all(*partition_, Offset{first});
    ASSERT_EQ(records.size(), static_cast<std::size_t>(end - first));
    for (int i = first; i < end; ++i) {
      EXPECT_EQ(records[static_cast<std::size_t>(i - first)], (ReadRecord{Offset{i}, value(i)}));
    }
  }
};

TEST_F(RetentionTest, DeletedRecordsAreNotServed) {
  fill(100);
  ASSERT_TRUE(partition_->delete_records(Offset{30}).has_value());
  EXPECT_EQ(partition_->read(Offset{29}, 1000, true).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(partition_->read(Offset{30}, 1000, true)->log_start, Offset{30});
  EXPECT_EQ(partition_->offset_for_time(TimestampMs{0}).value()->offset, Offset{30});
  expect_values_from(30, 100);
  ASSERT_TRUE(partition_->delete_records(Offset{10}).has_value()) << "it is there already";
  expect_values_from(30, 100);
}

TEST_F(RetentionTest, DeletedRecordsStayDeletedAfterACrash) {
  fill(100);
  ASSERT_TRUE(partition_->delete_records(Offset{30}).has_value());
  reopen_after_crash();
  expect_values_from(30, 100);
  enforce();
  reopen_after_crash();
  expect_values_from(30, 100);
  reopen_after_close();
  expect_values_from(30, 100);
}

TEST_F(RetentionTest, NothingAboveTheHighWatermarkIsDeleted) {
  fill(3);
  append(make_batch({"not durable"}));
  EXPECT_EQ(partition_->delete_records(Offset{4}).error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(partition_->delete_records(Offset{3}).has_value());
  commit();
  EXPECT_EQ(read_all(*partition_, Offset{3}).size(), 1u);
}

TEST_F(RetentionTest, WithDurabilityOsWhatIsDeletedBecomesDurableFirst) {
  durability_ = Durability::kOs;
  open();
  for (int i = 0; i < 20; ++i) append(make_batch({value(i)}));
  ASSERT_TRUE(partition_->delete_records(Offset{20}).has_value());
  reopen_after_crash();
  EXPECT_EQ(partition_->log_start(), Offset{20});
  EXPECT_EQ(partition_->log_end(), Offset{20});
}

TEST_F(RetentionTest, WithDurabilityOsRetentionNeverLeavesALogThatEndsBelowItsStart) {
  durability_ = Durability::kOs;
  open();
  for (int i = 0; i < 200; ++i) append(make_batch({value(i)}));
  config_.retention_bytes = 0;
  configure();
  enforce();
  reopen_after_crash();
  EXPECT_EQ(partition_->log_start(), Offset{200});
  EXPECT_EQ(partition_->log_end(), Offset{200});
}

TEST_F(RetentionTest, TimesBelowTheLogStartAreForgotten) {
  append(make_batch({.values = {"a", "b", "c"}, .timestamp_ms = 5000}));
  append(make_batch({.values = {"d"}, .timestamp_ms = 2000}));
  commit();
  EXPECT_EQ(partition_->offset_of_max_timestamp().value()->offset, Offset{2});
  ASSERT_TRUE(partition_->delete_records(Offset{2}).has_value());
  EXPECT_EQ(partition_->offset_for_time(TimestampMs{0}).value()->offset, Offset{2});
  EXPECT_EQ(partition_->offset_of_max_timestamp().value()->timestamp, TimestampMs{5002});
  ASSERT_TRUE(partition_->delete_records(Offset{3}).has_value());
  EXPECT_EQ(partition_->offset_of_max_timestamp().value()->timestamp, TimestampMs{2000});
  ASSERT_TRUE(partition_->delete_records(Offset{4}).has_value());
  EXPECT_FALSE(partition_->offset_of_max_timestamp()->has_value());
}

TEST_F(RetentionTest, SegmentsOfDeletedRecordsGiveTheirSpaceBack) {
  fill(300);
  const std::uint64_t before = bytes_on_disk();
  EXPECT_EQ(partition_->size_bytes().value(), before);
  ASSERT_TRUE(partition_->delete_records(Offset{200}).has_value());
  const Reclaimed reclaimed = enforce();
  EXPECT_GT(reclaimed.segments, 3u);
  EXPECT_EQ(before - bytes_on_disk(), reclaimed.bytes);
  EXPECT_EQ(partition_->size_bytes().value(), bytes_on_disk());
  EXPECT_EQ(files(".index"), files(".log"));
  EXPECT_EQ(files(".timeindex"), files(".log"));
  expect_values_from(200, 300);
  reopen_after_crash();
  EXPECT_EQ(partition_->size_bytes().value(), bytes_on_disk());
  expect_values_from(200, 300);
}

TEST_F(RetentionTest, EverythingIsKeptUnlessATopicSaysOtherwise) {
  fill(300);
  clock_.advance(std::chrono::hours(24 * 3650));
  EXPECT_EQ(enforce().segments, 0u);
  config_.retention_ms = std::chrono::milliseconds(1);
  config_.retention_bytes = 0;
  config_.deletes = false;  // cleanup.policy is compact
  configure();
  EXPECT_EQ(enforce().segments, 0u);
  expect_values(300);
}

TEST_F(RetentionTest, SegmentsWhoseLastRecordIsTooOldGo) {
  fill(300);  // at 1000 ms to 3990 ms
  config_.retention_ms = std::chrono::milliseconds(997'500);
  configure();
  EXPECT_GT(enforce().segments, 0u);  // now it is 1,000,000 ms: what is below 2,500 ms is too old
  const auto first = static_cast<int>(partition_->log_start().value);
  EXPECT_LE(first, 150) << "a segment with a younger record stays";
  EXPECT_GT(first, 80) << "the segments before it go";
  expect_values_from(first, 300);
  EXPECT_EQ(enforce().segments, 0u);
}

TEST_F(RetentionTest, AnOldActiveSegmentIsSealedAndGoes) {
  fill(300);
  config_.retention_ms = std::chrono::milliseconds(1000);
  configure();
  enforce();
  EXPECT_EQ(partition_->log_start(), Offset{300});
  EXPECT_EQ(partition_->log_end(), Offset{300});
  EXPECT_EQ(partition_->size_bytes().value(), 0u);
  EXPECT_EQ(bytes_on_disk(), 0u);
  reopen_after_crash();
  EXPECT_EQ(partition_->log_start(), Offset{300});
  fill(10, 300);
  expect_values_from(300, 310);
  reopen_after_crash();
  expect_values_from(300, 310);
}

TEST_F(RetentionTest, TheOldestSegmentsGoUntilTheRestIsSmallEnough) {
  fill(300);
  config_.retention_bytes = 10'000;
  configure();
  EXPECT_GT(enforce().segments, 0u);
  EXPECT_GE(partition_->size_bytes().value(), 10'000u);
  EXPECT_LT(partition_->size_bytes().value(), 10'000u + config_.segment_bytes);
  expect_values_from(static_cast<int>(partition_->log_start().value), 300);
}

TEST_F(RetentionTest, WhatIsNotDurableDoesNotGo) {
  fill(300);
  for (int i = 300; i < 400; ++i) append(make_batch({value(i)}));
  config_.retention_bytes = 0;
  configure();
  enforce();
  EXPECT_LE(partition_->log_start(), Offset{300});
  commit();
  expect_values_from(static_cast<int>(partition_->log_start().value), 400);
}

TEST_F(RetentionTest, AProducerIsKnownThoughItsRecordsAreGone) {
  append(make_batch({.values = {"a", "b"}, .producer = 7, .sequence = 0}));
  fill(100);
  config_.retention_bytes = 0;
  configure();
  enforce();
  ASSERT_EQ(partition_->log_start(), Offset{102});
  reopen_after_crash();
  const Appended again = append(make_batch({.values = {"a", "b"}, .producer = 7, .sequence = 0}));
  EXPECT_TRUE(again.duplicate);
  EXPECT_EQ(again.base, Offset{0});
}

TEST_F(RetentionTest, AMissingFirstSegmentIsNotTakenForDeletedRecords) {
  fill(300);
  ASSERT_TRUE(partition_->delete_records(Offset{5}).has_value());
  ASSERT_TRUE(partition_->close().has_value());
  ASSERT_TRUE(fs_.remove(segment(0, ".log")).has_value());
  const auto refused = try_open();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kCorrupt);
}

TEST_F(RetentionTest, AClosedPartitionDeletesNothing) {
  fill(100);
  ASSERT_TRUE(partition_->close().has_value());
  EXPECT_EQ(partition_->delete_records(Offset{30}).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(partition_->enforce_retention().error().code, ErrorCode::kUnavailable);
}

TEST_F(RetentionTest, WhatCouldNotBeRemovedIsRemovedTheNextTime) {
  fill(300);
  ASSERT_TRUE(partition_->delete_records(Offset{200}).has_value());
  // Somebody removed one already, and a crash leaves another behind.
  ASSERT_TRUE(fs_.remove(segment(0, ".index")).has_value());
  EXPECT_GT(enforce().segments, 0u);
  expect_values_from(200, 300);
}

TEST_F(RetentionTest, AReadSeesOneStateOrTheNextWhileSegmentsGo) {
  fill(300);
  const auto before = partition_->read(Offset{10}, 100'000, true);
  ASSERT_TRUE(before.has_value());
  ASSERT_TRUE(partition_->delete_records(Offset{250}).has_value());
  enforce();
  EXPECT_EQ(partition_->read(Offset{10}, 100'000, true).error().code, ErrorCode::kNotFound);
  expect_values_from(250, 300);
}

TEST_F(RetentionTest, JitterSpreadsTheTimesAtWhichSegmentsAreSealed) {
  config_.segment_ms = std::chrono::milliseconds(10'000);
  config_.segment_jitter_ms = std::chrono::milliseconds(10'000);
  configure();
  std::int64_t shortest = 10'000;
  for (int i = 0; i < 20; ++i) {
    const std::size_t segments = files(".log");
    std::int64_t age = 0;
    while (files(".log") == segments && age <= 10'001) {
      append(make_batch({.values = {"x"}, .timestamp_ms = 100'000 * i + age}));
      age += 500;
    }
    EXPECT_LE(age, 10'501);
    shortest = std::min(shortest, age);
  }
  EXPECT_LT(shortest, 5000);
}

}  // namespace
}  // namespace daybook::log
