#include "log/producer_table.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/crc32c.h"
#include "base/endian.h"
#include "log/test_batches.h"

namespace daybook::log {
namespace {

using Answer = ProducerTable::Answer;
constexpr TimestampMs kNow{1'000'000};
constexpr std::int32_t kMaxSequence = std::numeric_limits<std::int32_t>::max();

class ProducerTableTest : public testing::Test {
 protected:
  static Bytes batch(std::int32_t sequence, int records = 1, std::int16_t epoch = 0,
                     std::int64_t producer = 7) {
    return make_batch({.values = std::vector<std::string>(static_cast<std::size_t>(records), "x"),
                       .producer = producer,
                       .epoch = epoch,
                       .sequence = sequence});
  }
  Answer check(const Bytes& bytes) const { return table_.check(wire::BatchView(bytes)).answer; }
  void record(const Bytes& bytes, std::int64_t base) {
    ASSERT_EQ(check(bytes), Answer::kAppend);
    table_.record(wire::BatchView(bytes), Offset{base}, kNow);
  }

  ProducerTable table_;
};

TEST_F(ProducerTableTest, SequencesFollowEachOther) {
  EXPECT_EQ(check(batch(40)), Answer::kAppend) << "nothing is known of it";
  record(batch(0, 3), 100);
  EXPECT_EQ(check(batch(4)), Answer::kOutOfOrder);
  EXPECT_EQ(check(batch(2)), Answer::kOutOfOrder);
  record(batch(3), 110);
}

TEST_F(ProducerTableTest, ARepeatedBatchAnswersTheOriginalsOffsets) {
  record(batch(0, 3), 100);
  record(batch(3, 2), 103);
  const Bytes again = batch(0, 3);
  const auto checked = table_.check(wire::BatchView(again));
  EXPECT_EQ(checked.answer, Answer::kDuplicate);
  EXPECT_EQ(checked.base, Offset{100});
  EXPECT_EQ(checked.end, Offset{103});
  EXPECT_EQ(check(batch(0, 2)), Answer::kOutOfOrder) << "half of it is another batch";
}

TEST_F(ProducerTableTest, TheLastFiveBatchesAreRemembered) {
  for (int i = 0; i < 8; ++i) record(batch(i), i);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(check(batch(i)), Answer::kOutOfOrder) << i;
  for (int i = 3; i < 8; ++i) EXPECT_EQ(check(batch(i)), Answer::kDuplicate) << i;
}

TEST_F(ProducerTableTest, SequencesGoRound) {
  record(batch(kMaxSequence - 1, 2), 0);
  record(batch(0), 2);
  record(batch(1), 3);
  EXPECT_EQ(check(batch(kMaxSequence - 1, 2)), Answer::kDuplicate);
}

TEST_F(ProducerTableTest, ABatchMaySpanTheTurn) {
  record(batch(kMaxSequence, 3), 0);
  EXPECT_EQ(check(batch(kMaxSequence, 3)), Answer::kDuplicate);
  record(batch(2), 3);
  const auto restored = ProducerTable::from_snapshot(table_.snapshot());
  ASSERT_TRUE(restored.has_value());
  table_ = *restored;
  EXPECT_EQ(check(batch(kMaxSequence, 3)), Answer::kDuplicate);
}

TEST_F(ProducerTableTest, ANewEpochBeginsAtZeroAndFencesTheOld) {
  record(batch(0), 0);
  EXPECT_EQ(check(batch(1, 1, 1)), Answer::kOutOfOrder);
  record(batch(0, 1, 1), 1);
  EXPECT_EQ(check(batch(1, 1, 0)), Answer::kStaleEpoch);
  EXPECT_EQ(check(batch(0, 1, 0)), Answer::kStaleEpoch) << "its retries are stale as well";
  EXPECT_EQ(check(batch(0, 1, 1)), Answer::kDuplicate);
}

TEST_F(ProducerTableTest, ASnapshotKeepsEverything) {
  for (int i = 0; i < 7; ++i) record(batch(2 * i, 2), 2 * i);
  record(batch(0, 4, 3, 9), 14);
  const auto restored = ProducerTable::from_snapshot(table_.snapshot());
  ASSERT_TRUE(restored.has_value()) << restored.error().message;
  table_ = *restored;
  EXPECT_EQ(table_.size(), 2u);
  for (int i = 2; i < 7; ++i) EXPECT_EQ(check(batch(2 * i, 2)), Answer::kDuplicate) << i;
  EXPECT_EQ(check(batch(2, 2)), Answer::kOutOfOrder);
  EXPECT_EQ(check(batch(14)), Answer::kAppend);
  EXPECT_EQ(check(batch(0, 4, 3, 9)), Answer::kDuplicate);
  EXPECT_EQ(check(batch(4, 1, 2, 9)), Answer::kStaleEpoch);
}

TEST_F(ProducerTableTest, EveryDamagedSnapshotIsRefused) {
  record(batch(0, 2), 0);
  const Bytes good = table_.snapshot();
  for (std::size_t at = 0; at < good.size(); ++at) {
    Bytes bad = good;
    bad[at] ^= std::byte{1};
    EXPECT_FALSE(ProducerTable::from_snapshot(bad).has_value()) << at;
    EXPECT_FALSE(ProducerTable::from_snapshot(BytesView(good).first(at)).has_value()) << at;
  }
}

TEST_F(ProducerTableTest, ACountThatDoesNotFitItsBytesIsRefused) {
  Bytes bytes = table_.snapshot();
  store_be(bytes.data() + 6, std::int32_t{0x7fffffff});
  store_be(bytes.data() + 2, crc32c(BytesView(bytes).subspan(6)));
  EXPECT_EQ(ProducerTable::from_snapshot(bytes).error().code, ErrorCode::kCorrupt);
}

TEST_F(ProducerTableTest, WhoIsQuietForLongIsForgotten) {
  using std::chrono::milliseconds;
  record(batch(5), 0);
  table_.expire(TimestampMs{kNow.value + 99}, milliseconds(100));
  EXPECT_EQ(table_.size(), 1u);
  table_.expire(TimestampMs{kNow.value + 100}, milliseconds(100));
  EXPECT_EQ(table_.size(), 0u);
}

TEST_F(ProducerTableTest, TheNumberOfProducersIsBounded) {
  Bytes bytes = batch(0);
  for (std::size_t i = 0; i <= kMaxProducersPerPartition; ++i) {
    store_be(bytes.data() + wire::batch_layout::kProducerIdAt, static_cast<std::int64_t>(i));
    const TimestampMs now{kNow.value + static_cast<std::int64_t>(i)};
    table_.record(wire::BatchView(bytes), Offset{0}, now);
  }
  EXPECT_LE(table_.size(), kMaxProducersPerPartition / 2 + 2);
  EXPECT_EQ(check(bytes), Answer::kDuplicate) << "the newest stay";
}

}  // namespace
}  // namespace daybook::log
