#include "sources/kinds/postgres/outlet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/memory_log.h"

namespace daybook::sources::postgres {
namespace {

using ::testing::ElementsAre;

class LastPositions : public ::testing::Test {
 protected:
  LastPositions() {
    EXPECT_TRUE(log_->create_topic({.name = "t", .partitions = 3, .config = {}}));
    auto writer = log_->make_writer();
    EXPECT_TRUE(writer);
    writer_ = std::move(*writer);
  }

  // Of the change with that number; without one, a record of somebody else.
  void write(std::int32_t partition, std::optional<std::uint64_t> change) {
    std::string position;
    client::OutgoingRecord record{
        .topic = "t", .partition = PartitionId{partition}, .key = "k", .value = "v", .headers = {}};
    if (change) {
      write_position(of(*change), position);
      record.headers.push_back({.name = kPositionHeader, .value = position});
    }
    EXPECT_TRUE(writer_->write(record));
    EXPECT_TRUE(writer_->flush(client::milliseconds{5'000}));
  }

  void compact_away(std::int32_t partition, std::int64_t from, std::int64_t to) {
    for (std::int64_t offset = from; offset < to; ++offset) {
      EXPECT_TRUE(client::empty_offset(*log_, {"t", PartitionId{partition}}, Offset{offset}));
    }
  }

  static StreamPosition of(std::uint64_t change) { return {.commit = Lsn{1}, .change = change}; }

  Result<TopicPositions> found() {
    auto positions = last_positions(*log_, {{"t", 3}});
    if (!positions) return std::unexpected(positions.error());
    return positions->at("t");
  }

  std::unique_ptr<client::LogClient> log_ = client::make_memory_log();
  std::unique_ptr<client::Writer> writer_;
};

TEST_F(LastPositions, AreOfTheLastRecordOfEachPartition) {
  for (std::uint64_t change : {1, 2, 3}) write(0, change);
  write(2, 7);
  const auto positions = found();
  ASSERT_TRUE(positions) << positions.error().message;
  EXPECT_THAT(*positions, ElementsAre(EventPosition(of(3)), std::nullopt, EventPosition(of(7))));
}

TEST_F(LastPositions, AreOfTheLastRecordThatCompactionHasLeft) {
  for (std::uint64_t change = 0; change < 200; ++change) write(0, change);
  compact_away(0, 100, 200);
  write(1, 1);
  compact_away(1, 0, 1);
  for (std::uint64_t change : {5, 6}) write(2, change);
  compact_away(2, 1, 2);
  const auto positions = found();
  ASSERT_TRUE(positions) << positions.error().message;
  EXPECT_THAT(*positions, ElementsAre(EventPosition(of(99)), std::nullopt, EventPosition(of(5))));
}

TEST_F(LastPositions, AreRefusedOfATopicThatSomebodyElseWritesLast) {
  write(0, 1);
  write(0, std::nullopt);
  EXPECT_EQ(found().error().code, ErrorCode::kInvalid);
  write(0, 2);
  EXPECT_TRUE(found());
}

}  // namespace
}  // namespace daybook::sources::postgres
