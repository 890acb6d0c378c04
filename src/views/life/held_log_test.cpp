#include "views/life/held_log.h"

#include <gtest/gtest.h>

#include <thread>

#include "client/memory_log.h"

namespace daybook::views {
namespace {

constexpr client::milliseconds kShort{5};
constexpr client::milliseconds kLong{20'000};

class HeldLog : public ::testing::Test {
 protected:
  HeldLog() : log_(client::make_memory_log()), held_(make_held_log(*log_, gate_)) {
    EXPECT_TRUE(log_->create_topic({"t", 2, {}}));
    reader_ = held_->make_reader().value();
    EXPECT_TRUE(
        reader_->assign({{{"t", PartitionId{0}}, Offset{0}}, {{"t", PartitionId{1}}, Offset{0}}}));
  }
  void write(std::int32_t partition, int events) {
    const auto writer = log_->make_writer().value();
    for (int i = 0; i < events; ++i) {
      client::OutgoingRecord record;
      record.topic = "t";
      record.partition = PartitionId{partition};
      record.value = "x";
      EXPECT_TRUE(writer->write(record));
    }
    EXPECT_TRUE(writer->flush(kLong));
  }
  // How many records of each partition come until none does.
  std::pair<int, int> fetched() {
    std::pair<int, int> counts;
    while (true) {
      const auto batch = reader_->fetch(3, 1 << 20, kShort).value();
      if (batch->records().empty()) return counts;
      for (std::size_t i = 0; i < batch->records().size(); ++i) {
        const auto& record = batch->records()[i];
        const int partition = batch->sources()[record.source].partition.value;
        auto& count = partition == 0 ? counts.first : counts.second;
        EXPECT_EQ(record.offset.value, next_[partition]++);
        EXPECT_TRUE(batch->headers(i).empty());
        ++count;
      }
    }
  }

  Gate gate_;
  std::unique_ptr<client::LogClient> log_;
  std::unique_ptr<client::LogClient> held_;
  std::unique_ptr<client::Reader> reader_;
  std::int64_t next_[2] = {0, 0};
};

TEST_F(HeldLog, ALimitThatNoRecordReachesIsReachedWhenOneBeyondItIsSeen) {
  write(0, 5);
  gate_.limit({{{"t", PartitionId{0}}, Offset{3}}});
  client::Position position;
  while (position[{"t", PartitionId{0}}] < Offset{3}) {
    const auto batch = reader_->fetch(5, 1 << 20, kShort).value();
    ASSERT_EQ(batch->ends().size(), 1U);
    EXPECT_EQ(batch->ends()[0].offset, Offset{3});
    client::advance(position, *batch);
  }
  gate_.open();
  EXPECT_EQ(reader_->fetch(5, 1 << 20, kShort).value()->records().at(0).offset, Offset{3});
}

TEST_F(HeldLog, NothingAtTheLimitOrBeyondComesUntilTheGateIsOpen) {
  write(0, 5);
  write(1, 4);
  gate_.limit({{{"t", PartitionId{0}}, Offset{2}}, {{"t", PartitionId{1}}, Offset{4}}});
  EXPECT_EQ(fetched(), std::pair(2, 4));
  gate_.limit({{{"t", PartitionId{0}}, Offset{3}}});
  EXPECT_EQ(fetched(), std::pair(1, 0));
  gate_.open();
  EXPECT_EQ(fetched(), std::pair(2, 0));
}

TEST_F(HeldLog, AFrozenReaderIsParkedOnceItComesToFetch) {
  write(0, 1);
  gate_.freeze();
  EXPECT_FALSE(gate_.wait_until_parked(kShort));
  EXPECT_EQ(fetched(), std::pair(0, 0));
  EXPECT_TRUE(gate_.wait_until_parked(kShort));
  gate_.open();
  EXPECT_EQ(fetched(), std::pair(1, 0));
  gate_.freeze();
  EXPECT_FALSE(gate_.wait_until_parked(kShort));
}

TEST_F(HeldLog, OpeningEndsTheWaitForAReader) {
  gate_.freeze();
  std::jthread opening([&] { gate_.open(); });
  EXPECT_FALSE(gate_.wait_until_parked(kLong));
}

TEST_F(HeldLog, ANewAssignmentBeginsWhereItSays) {
  write(0, 3);
  gate_.limit({});
  EXPECT_EQ(fetched(), std::pair(0, 0));
  gate_.open();
  EXPECT_TRUE(reader_->assign({{{"t", PartitionId{0}}, Offset{1}}}));
  next_[0] = 1;
  EXPECT_EQ(fetched(), std::pair(2, 0));
}

}  // namespace
}  // namespace daybook::views
