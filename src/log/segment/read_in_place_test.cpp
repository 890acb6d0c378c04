// Reads whose batches stay in their file.

#include <gtest/gtest.h>

#include <array>
#include <atomic>

#include "base/random.h"
#include "io/file_system.h"
#include "log/partition_fixture.h"

namespace daybook::log {
namespace {

// Both ways: what was checked is in memory, and is not read again; nothing is.
class ReadInPlaceTest : public PartitionFixture, public testing::WithParamInterface<bool> {
 protected:
  ReadInPlaceTest() {
    config_.segment_bytes = 2 << 20;
    fs_.keep_in_memory(GetParam());
  }

  void start() { reopen_after_close(); }
  void append_of(std::size_t size_bytes) {
    append(make_batch({std::string(size_bytes, static_cast<char>('a' + size_bytes % 26))}));
  }
  Result<ReadResult> read(Placement placement, Offset from, std::size_t max_bytes,
                          bool at_least_one = true, Isolation isolation = Isolation::kUncommitted) {
    return partition_->read(from, max_bytes, at_least_one, isolation, placement);
  }
  static Bytes bytes_of(const ReadResult& result) {
    if (result.in_file.file == nullptr) return result.batches;
    EXPECT_TRUE(result.batches.empty());
    Bytes bytes(result.in_file.size_bytes);
    EXPECT_EQ(result.in_file.file->read_at(result.in_file.position, bytes).value(), bytes.size());
    return bytes;
  }

  // Whether it is read by somebody who does not wait for the disk.
  bool is_read_at_once(Offset from, std::size_t max_bytes = kAll) {
    const auto found = partition_->read(from, max_bytes, true, Isolation::kUncommitted,
                                        Placement::kMayStay, io::Patience::kNone);
    if (found) return true;
    EXPECT_EQ(found.error().code, ErrorCode::kTimedOut) << found.error().message;
    return false;
  }

  // Whether all of what is there is handed out, or an error; nothing else is right.
  bool is_served() {
    const auto all = read(Placement::kMayStay, partition_->log_start(), kAll);
    if (all) return all->size_bytes() > 10 * kPieceBytes;
    EXPECT_EQ(all.error().code, ErrorCode::kCorrupt) << all.error().message;
    return false;
  }
  void damage(int base = 0) { overwrite(segment(base, ".log"), 300'000, "~~~~"); }

  static constexpr std::size_t kAll = std::size_t{10} << 20;
  static constexpr std::size_t kPieceBytes = std::size_t{64} << 10;
};
INSTANTIATE_TEST_SUITE_P(Log, ReadInPlaceTest, testing::Bool(),
                         [](const auto& which) { return which.param ? "InMemory" : "OnDisk"; });

TEST_P(ReadInPlaceTest, LittleIsCopiedAndMuchStays) {
  start();
  for (int i = 0; i < 10; ++i) append_of(20'000);
  commit();
  EXPECT_EQ(read(Placement::kMayStay, Offset{9}, kAll)->in_file.file, nullptr);
  EXPECT_EQ(read(Placement::kCopied, Offset{0}, kAll)->in_file.file, nullptr);
  const auto much = read(Placement::kMayStay, Offset{0}, kAll).value();
  EXPECT_NE(much.in_file.file, nullptr);
  EXPECT_GT(much.size_bytes(), 200'000u);
}

TEST_P(ReadInPlaceTest, TheSameBatchesAreFoundAsAreCopied) {
  start();
  Random random(7);
  for (int i = 0; i < 60; ++i) append_of(random.below(i % 7 == 0 ? 150'000 : 9'000));
  commit();
  for (int i = 0; i < 300; ++i) {
    const Offset from{static_cast<std::int64_t>(random.below(61))};
    const std::size_t max_bytes = random.below(i % 2 == 0 ? 1'000'000 : 70'000);
    const bool at_least_one = random.below(2) == 0;
    SCOPED_TRACE(testing::Message() << "seed 7, read " << i);
    const auto copied = read(Placement::kCopied, from, max_bytes, at_least_one).value();
    const auto stays = read(Placement::kMayStay, from, max_bytes, at_least_one).value();
    EXPECT_TRUE(bytes_of(stays) == copied.batches);
    EXPECT_TRUE(at_least_one || copied.batches.size() <= max_bytes);
  }
}

TEST_P(ReadInPlaceTest, WhoReadsOnFindsWhatFollows) {
  start();
  Random random(8);
  for (int i = 0; i < 300; ++i) append_of(random.below(40'000));
  commit();
  std::array<Offset, 3> readers{};  // each reads all of it, in steps of its own
  while (readers != std::array{Offset{300}, Offset{300}, Offset{300}}) {
    const std::size_t which = random.below(3);
    Offset& next = readers[which];
    const std::size_t max_bytes = (which + 1) * 100'000;
    SCOPED_TRACE(testing::Message() << "seed 8, from " << next.value << ", reader " << which);
    const Bytes copied = read(Placement::kCopied, next, max_bytes).value().batches;
    ASSERT_TRUE(bytes_of(read(Placement::kMayStay, next, max_bytes).value()) == copied);
    BytesView rest = copied;
    for (auto batch = wire::frame_batch(rest); batch; batch = wire::frame_batch(rest)) {
      ASSERT_EQ(batch->base_offset(), next);
      next = batch->next_offset();
      rest = rest.subspan(batch->size_bytes());
    }
  }
}

TEST_P(ReadInPlaceTest, NothingAboveWhatIsDurableIsInTheRange) {
  start();
  for (int i = 0; i < 10; ++i) append_of(20'000);
  commit();
  const std::size_t durable_bytes = read(Placement::kCopied, Offset{0}, kAll)->batches.size();
  for (int i = 0; i < 10; ++i) append_of(20'000);
  EXPECT_EQ(read(Placement::kMayStay, Offset{0}, kAll)->in_file.size_bytes, durable_bytes);
  commit();
  EXPECT_EQ(read(Placement::kMayStay, Offset{0}, kAll)->in_file.size_bytes, 2 * durable_bytes);
}

TEST_P(ReadInPlaceTest, NothingOfAnUndecidedTransactionIsInTheRange) {
  start();
  for (int i = 0; i < 5; ++i) append_of(20'000);
  append(make_batch({.values = {std::string(90'000, 'x')}, .producer = 1, .transactional = true}));
  commit();
  const auto open = read(Placement::kMayStay, Offset{0}, kAll, true, Isolation::kCommitted).value();
  EXPECT_EQ(open.last_stable, Offset{5});
  EXPECT_NE(open.in_file.file, nullptr);
  EXPECT_TRUE(open.aborted.empty());
  EXPECT_LT(open.size_bytes(), 105'000u);
  ASSERT_TRUE(partition_->append_marker(end_of(1, wire::TransactionResult::kAbort)).has_value());
  commit();
  const auto ended =
      read(Placement::kMayStay, Offset{0}, kAll, true, Isolation::kCommitted).value();
  EXPECT_GT(ended.in_file.size_bytes, 190'000u);
  EXPECT_EQ(ended.aborted, (std::vector<AbortedTransaction>{{ProducerId{1}, Offset{5}}}));
}

TEST_P(ReadInPlaceTest, WhoDoesNotWaitForTheDiskReadsWhatIsInMemory) {
  start();
  for (int i = 0; i < 10; ++i) append_of(20'000);
  commit();
  EXPECT_EQ(is_read_at_once(Offset{0}), GetParam());
  EXPECT_EQ(is_read_at_once(Offset{9}), GetParam());
  EXPECT_TRUE(is_read_at_once(Offset{10})) << "there is nothing";
}

TEST_P(ReadInPlaceTest, WhoDoesNotWaitForTheDiskDoesNotCheckMuchEither) {
  start();
  for (int i = 0; i < 10; ++i) append_of(20'000);
  reopen_after_close();
  EXPECT_FALSE(is_read_at_once(Offset{0}));
  EXPECT_EQ(is_read_at_once(Offset{9}), GetParam());
  ASSERT_TRUE(read(Placement::kMayStay, Offset{0}, kAll).has_value());
  EXPECT_EQ(is_read_at_once(Offset{0}), GetParam());
}

TEST_P(ReadInPlaceTest, ASealedSegmentIsOpenedByWhoCanWaitFirst) {
  start();
  for (int i = 0; i < 150; ++i) append_of(20'000);
  reopen_after_close();
  EXPECT_FALSE(is_read_at_once(Offset{0}, 20'000));
  ASSERT_TRUE(read(Placement::kMayStay, Offset{0}, 20'000).has_value());
  EXPECT_EQ(is_read_at_once(Offset{0}, 20'000), GetParam());
}

TEST_P(ReadInPlaceTest, WhatWasFoundOutlivesItsSegment) {
  start();
  for (int i = 0; i < 300; ++i) append_of(20'000);
  commit();
  const auto found = read(Placement::kMayStay, Offset{0}, kAll).value();
  ASSERT_NE(found.in_file.file, nullptr);
  const Bytes before = bytes_of(found);
  ASSERT_TRUE(partition_->delete_records(Offset{290}).has_value());
  ASSERT_GT(partition_->enforce_retention()->segments, 0u);
  EXPECT_FALSE(fs_.open(segment(0, ".log"), io::OpenMode::kRead).has_value());
  EXPECT_TRUE(bytes_of(found) == before);
}

TEST_P(ReadInPlaceTest, ABatchThatChangedIsNotHandedOutWherever) {
  start();
  for (int i = 0; i < 20; ++i) append_of(20'000);
  commit();
  fs_.keep_in_memory(false);
  damage();
  EXPECT_EQ(read(Placement::kMayStay, Offset{0}, kAll).error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(read(Placement::kMayStay, Offset{0}, 250'000)->in_file.size_bytes / 20'000, 12u);
}

TEST_P(ReadInPlaceTest, WhatWasAppendedIsCheckedAgainIfItIsNotInMemory) {
  start();
  for (int i = 0; i < 60; ++i) append_of(20'000);
  commit();
  damage();
  EXPECT_EQ(is_served(), GetParam());
  fs_.keep_in_memory(false);
  EXPECT_FALSE(is_served());
}

TEST_P(ReadInPlaceTest, WhatAnEarlierProcessAppendedIsCheckedOnce) {
  start();
  for (int i = 0; i < 60; ++i) append_of(20'000);
  reopen_after_close();
  damage();
  EXPECT_FALSE(is_served());
  EXPECT_FALSE(is_served()) << "what was found damaged was not checked";
  overwrite(segment(0, ".log"), 300'000, std::string(4, static_cast<char>('a' + 20'000 % 26)));
  EXPECT_TRUE(is_served());
  damage();
  EXPECT_EQ(is_served(), GetParam());
}

TEST_P(ReadInPlaceTest, ASegmentThatWasReplacedIsCheckedAnew) {
  config_.segment_bytes = 4 << 20;
  config_.compacts = true;
  config_.min_dirty_ratio = 0;
  start();
  const auto put = [&](const std::string& key) {
    append(make_batch({.values = {std::string(20'000, 'v')}, .keys = {key}}));
  };
  for (int i = 0; i < 150; ++i) put("k" + std::to_string(i % 70));
  commit();
  EXPECT_TRUE(is_served());
  constexpr Offset kNext{100};  // of this read
  ASSERT_TRUE(read(Placement::kMayStay, Offset{90}, 10 * 20'100).has_value());
  for (int i = 0; i < 70; ++i) put("seal");
  commit();
  const std::atomic<bool> stop = false;
  ASSERT_TRUE(partition_->compact({1 << 20, stop})->ran);
  EXPECT_TRUE(bytes_of(read(Placement::kMayStay, kNext, 300'000).value()) ==
              read(Placement::kCopied, kNext, 300'000)->batches)
      << "it lies elsewhere now";
  damage();
  EXPECT_FALSE(is_served());
}

TEST_P(ReadInPlaceTest, OfAPartitionThatHasStoppedNothingIsBelieved) {
  start();
  for (int i = 0; i < 60; ++i) append_of(20'000);
  commit();
  EXPECT_TRUE(is_served());
  fs_.fail_after(io::FaultyFileSystem::Operation::kSync, 1);
  append_of(20'000);
  commit();
  ASSERT_FALSE(partition_->health().has_value());
  EXPECT_TRUE(is_served());
  damage();
  EXPECT_FALSE(is_served());
}

}  // namespace
}  // namespace daybook::log
