// Compaction of a partition: what stays, what is served meanwhile, and what a crash leaves.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "log/partition_fixture.h"

namespace daybook::log {
namespace {

constexpr const char* kTombstone = "(gone)";

class CompactionTest : public PartitionFixture {
 protected:
  CompactionTest() {
    config_.compacts = true;
    config_.deletes = false;
    config_.min_dirty_ratio = 0;
    config_.delete_retention_ms = std::chrono::milliseconds(1000);
    configure();
  }
  void configure() { partition_->configure(config_); }

  void put(const std::string& key, const std::string& value, BatchSpec spec = {}) {
    spec.keys = {key};
    spec.values = {value};
    spec.tombstone = kTombstone;
    spec.timestamp_ms = clock_.wall().value;
    append(make_batch(spec));
    commit();
    latest_[key] = value == kTombstone ? "" : value;
  }
  // Writes `count` records over `keys` keys.
  void churn(int count, int keys) {
    for (int i = 0; i < count; ++i) put("k" + std::to_string(i % keys), value(counter_++));
  }
  // What follows belongs to another segment.
  void seal() {
    const auto pad = static_cast<std::size_t>(config_.segment_bytes) - 300;
    put("pad", std::string(pad, 'p'));
    put("pad", std::string(pad, 'q'));
  }
  Compacted compact(std::size_t map_bytes = 1 << 20) {
    const auto compacted = partition_->compact({map_bytes, stop_});
    EXPECT_TRUE(compacted.has_value()) << compacted.error().message;
    return compacted.value_or(Compacted{});
  }
  std::vector<ReadRecord> read_from(Offset from) { return read_all(*partition_, from, 700); }
  // What a reader of everything believes.
  std::map<std::string, std::string> table() {
    std::map<std::string, std::string> table;
    for (const ReadRecord& record : read_from(partition_->log_start())) {
      table[record.key] = record.value;
    }
    std::erase_if(table, [](const auto& entry) { return entry.second.empty(); });
    return table;
  }
  std::map<std::string, std::string> expected() {
    auto expected = latest_;
    std::erase_if(expected, [](const auto& entry) { return entry.second.empty(); });
    return expected;
  }
  std::size_t records_of_key(const std::string& key) {
    std::size_t count = 0;
    for (const ReadRecord& record : read_from(Offset{0})) count += record.key == key ? 1 : 0;
    return count;
  }
  std::size_t files(std::string_view suffix) {
    const auto entries = fs_.list(kFolder).value();
    std::size_t count = 0;
    for (const io::Entry& entry : entries) count += entry.name.ends_with(suffix) ? 1 : 0;
    return count;
  }

  std::atomic<bool> stop_ = false;
  int counter_ = 0;
  std::map<std::string, std::string> latest_;
};

TEST_F(CompactionTest, LeavesTheLastRecordOfEachKeyAtItsOffset) {
  churn(500, 7);
  const auto before = read_from(Offset{0});
  const std::uint64_t size = partition_->size_bytes().value();
  const Compacted compacted = compact();
  EXPECT_TRUE(compacted.ran);
  EXPECT_LT(compacted.bytes_after, compacted.bytes_before / 5);
  EXPECT_EQ(size - partition_->size_bytes().value(),
            compacted.bytes_before - compacted.bytes_after);
  const auto after = read_from(Offset{0});
  EXPECT_LT(after.size(), 100u);
  for (const ReadRecord& record : after) {
    EXPECT_EQ(record, before[static_cast<std::size_t>(record.offset.value)]);
  }
  EXPECT_EQ(table(), expected());
  EXPECT_EQ(partition_->log_end(), Offset{500});
}

TEST_F(CompactionTest, AReadFromAnyOffsetGoesOnBehindTheGap) {
  churn(500, 7);
  compact();
  const auto all = read_from(Offset{0});
  for (int from = 0; from < 500; ++from) {
    const auto rest = read_from(Offset{from});
    ASSERT_FALSE(rest.empty());
    const auto next = std::ranges::lower_bound(all, Offset{from}, {}, &ReadRecord::offset);
    EXPECT_EQ(rest.front(), *next) << from;
    EXPECT_EQ(rest.size(), static_cast<std::size_t>(all.end() - next));
  }
}

TEST_F(CompactionTest, TimesAreFoundAmongWhatIsLeft) {
  for (int i = 0; i < 300; ++i) {
    put("k" + std::to_string(i % 5), value(i));
    clock_.advance(std::chrono::milliseconds(10));
  }
  compact();
  const auto all = read_from(Offset{0});
  for (int i = 0; i < 300; ++i) {
    const auto found = partition_->offset_for_time(TimestampMs{1'000'000 + 10 * i}).value();
    const auto next = std::ranges::lower_bound(all, Offset{i}, {}, &ReadRecord::offset);
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->offset, next->offset);
  }
}

TEST_F(CompactionTest, SmallSegmentsBecomeOne) {
  churn(500, 7);
  const std::size_t before = files(".log");
  compact();
  churn(60, 7);
  compact();
  EXPECT_GT(before, 12u);
  EXPECT_LT(files(".log"), 8u);
  EXPECT_EQ(files(".index"), files(".log"));
  EXPECT_EQ(files(".swap") + files(".cleaned"), 0u);
}

TEST_F(CompactionTest, IsThereAfterARestart) {
  churn(500, 7);
  compact();
  const auto after = read_from(Offset{0});
  reopen_after_crash();
  configure();
  EXPECT_EQ(read_from(Offset{0}), after);
  reopen_after_close();
  configure();
  EXPECT_EQ(read_from(Offset{0}), after);
  EXPECT_FALSE(compact().ran) << "what is clean is known";
  churn(500, 7);
  EXPECT_TRUE(compact().ran);
  EXPECT_EQ(table(), expected());
}

TEST_F(CompactionTest, OnlyIfTheTopicWantsIt) {
  config_.compacts = false;
  configure();
  churn(500, 7);
  EXPECT_FALSE(compact().ran);
  EXPECT_EQ(read_from(Offset{0}).size(), 500u);
}

TEST_F(CompactionTest, WaitsForTheDirtyRatio) {
  for (int i = 0; i < 500; ++i) put("k" + std::to_string(i), value(i));
  EXPECT_TRUE(compact().ran);
  config_.min_dirty_ratio = 0.5;
  configure();
  churn(300, 7);
  EXPECT_FALSE(compact().ran);
  churn(600, 7);
  EXPECT_TRUE(compact().ran);
}

TEST_F(CompactionTest, ATombstoneGoesWithItsTimeAndNothingComesBack) {
  put("a", "1");
  churn(200, 7);
  put("a", kTombstone);
  seal();
  compact();
  EXPECT_EQ(records_of_key("a"), 1u) << "the tombstone";
  clock_.advance(std::chrono::milliseconds(999));
  seal();
  compact();
  EXPECT_EQ(records_of_key("a"), 1u) << "slow readers may not have seen it yet";
  clock_.advance(std::chrono::milliseconds(1));
  seal();
  compact();
  EXPECT_EQ(records_of_key("a"), 0u);
  EXPECT_EQ(table(), expected());
}

TEST_F(CompactionTest, YoungRecordsStayForTheLag) {
  config_.min_compaction_lag_ms = std::chrono::milliseconds(10'000);
  configure();
  churn(300, 7);
  EXPECT_FALSE(compact().ran);
  clock_.advance(std::chrono::milliseconds(9'999));
  churn(300, 7);
  clock_.advance(std::chrono::milliseconds(1));
  EXPECT_TRUE(compact().ran);
  const auto left = read_from(Offset{0});
  EXPECT_LT(left.size(), 400u);
  EXPECT_GE(left.size(), 300u) << "the later ones are too young";
}

TEST_F(CompactionTest, AProducersSequenceGoesOnFromRecordsThatAreGone) {
  for (int i = 0; i < 100; ++i) put("a", value(i), {.producer = 7, .sequence = i});
  churn(300, 3);
  put("a", "last");
  seal();
  compact();
  EXPECT_EQ(records_of_key("a"), 1u);
  // A log that is moved has no snapshots: its batches must tell.
  ASSERT_TRUE(partition_->close().has_value());
  for (const io::Entry& entry : std::vector(fs_.list(kFolder).value())) {
    if (entry.name.ends_with(".snapshot") || entry.name == "durable-end") {
      ASSERT_TRUE(fs_.remove(std::string(kFolder) + "/" + entry.name).has_value());
    }
  }
  open();
  const auto wrong = partition_->append(
      make_batch({.values = {"x"}, .producer = 7, .sequence = 150, .keys = {"a"}}));
  ASSERT_FALSE(wrong.has_value());
  EXPECT_EQ(wrong.error().fault, AppendFault::kOutOfOrderSequence);
  EXPECT_FALSE(append(make_batch({.values = {"x"}, .producer = 7, .sequence = 100, .keys = {"a"}}))
                   .duplicate);
}

TEST_F(CompactionTest, ASmallMapTakesSeveralRuns) {
  for (int round = 0; round < 3; ++round) churn(300, 60);
  int runs = 0;
  while (compact(24 * 40).ran) ASSERT_LT(++runs, 200);
  EXPECT_GT(runs, 5);
  EXPECT_EQ(table(), expected());
}

TEST_F(CompactionTest, MoreThanTheMapHoldsInOneBatchIsAnError) {
  append(make_batch({.values = {"1", "2", "3"}, .keys = {"a", "b", "c"}}));
  commit();
  seal();
  const auto compacted = partition_->compact({48, stop_});
  ASSERT_FALSE(compacted.has_value());
  EXPECT_EQ(compacted.error().code, ErrorCode::kInvalid);
}

TEST_F(CompactionTest, CanBeStopped) {
  churn(500, 7);
  const auto before = read_from(Offset{0});
  stop_ = true;
  EXPECT_EQ(partition_->compact({1 << 20, stop_}).error().code, ErrorCode::kCancelled);
  EXPECT_EQ(read_from(Offset{0}), before);
  EXPECT_EQ(files(".cleaned"), 0u);
}

TEST_F(CompactionTest, DamageIsReportedAndNothingIsChanged) {
  churn(500, 7);
  overwrite(segment(0, ".log"), 200, "damage");
  const auto compacted = partition_->compact({1 << 20, stop_});
  ASSERT_FALSE(compacted.has_value());
  EXPECT_EQ(compacted.error().code, ErrorCode::kCorrupt);
  EXPECT_TRUE(partition_->health().has_value());
}

TEST_F(CompactionTest, RetentionTakesCompactedSegmentsToo) {
  config_.deletes = true;
  configure();
  churn(500, 7);
  compact();
  config_.retention_bytes = 0;
  configure();
  ASSERT_TRUE(partition_->enforce_retention().has_value());
  EXPECT_EQ(partition_->log_start(), Offset{500});
  reopen_after_crash();
  EXPECT_EQ(partition_->log_start(), Offset{500});
  // Names whose removal was not on disk yet.
  ASSERT_TRUE(partition_->enforce_retention().has_value());
  EXPECT_EQ(partition_->size_bytes().value(), 0u);
}

// The power fails at each change that compaction makes, in turn.
TEST_F(CompactionTest, ACrashAtAnyMomentLeavesOneStateOrTheNext) {
  churn(400, 5);
  ASSERT_TRUE(partition_->close().has_value());
  for (std::uint64_t changes = 1;; ++changes) {
    SCOPED_TRACE(testing::Message() << "crash at change " << changes);
    open();
    configure();
    churn(60, 5);
    fs_.crash_after(changes);
    const auto compacted = partition_->compact({1 << 20, stop_});
    if (fs_.powered()) {
      ASSERT_TRUE(compacted.has_value());
      EXPECT_GT(changes, 10u);
      break;
    }
    partition_.reset();
    fs_.power_on();
    open();
    EXPECT_EQ(table(), expected());
    EXPECT_EQ(files(".swap") + files(".cleaned"), 0u);
    EXPECT_EQ(files(".index"), files(".log"));
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace daybook::log
