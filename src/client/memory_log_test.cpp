#include "client/memory_log.h"

#include <gtest/gtest.h>

#include <map>

#include "client/past_records.h"
#include "client/testing/log_contract.h"
#include "client/testing/transactions_contract.h"

namespace daybook::client::testing {
namespace {

// Each client is a log of its own: in memory there is no other.
INSTANTIATE_TEST_SUITE_P(Memory, LogContract,
                         ::testing::Values(LogUnderTest{"memory",
                                                        [] { return make_memory_log(); }}),
                         ::testing::PrintToStringParamName());

INSTANTIATE_TEST_SUITE_P(Memory, TransactionsContract,
                         ::testing::Values(TransactionsUnderTest{
                             "memory", [] { return make_memory_log(); },
                             [](LogClient& log) { return make_memory_transactions(log); }}),
                         ::testing::PrintToStringParamName());

TEST(MemoryLog, StampsRecordsWithItsClock) {
  const io::ManualClock clock(TimestampMs{777});
  const auto log = make_memory_log(clock);
  ASSERT_TRUE(log->create_topic({"t", 1, {}}));
  const auto writer = log->make_writer().value();
  OutgoingRecord record;
  record.topic = "t";
  record.value = "v";
  ASSERT_TRUE(writer->write(record));
  const auto reader = log->make_reader().value();
  ASSERT_TRUE(reader->assign({{{"t", PartitionId{0}}, Offset{0}}}));
  const auto batch = reader->fetch(1, 1, milliseconds(0)).value();
  ASSERT_EQ(batch->records().size(), 1U);
  EXPECT_EQ(batch->records()[0].timestamp, TimestampMs{777});
}

TEST(MemoryLog, NoFetchWaitsLongerThanItMay) {
  const auto log = make_memory_log(io::real_clock(), milliseconds(1));
  ASSERT_TRUE(log->create_topic({"t", 1, {}}));
  const auto reader = log->make_reader().value();
  ASSERT_TRUE(reader->assign({{{"t", PartitionId{0}}, Offset{0}}}));
  const auto batch = reader->fetch(1, 1, std::chrono::hours(1)).value();
  EXPECT_TRUE(batch->records().empty());
}

TEST(MemoryLog, OffsetsWithoutARecordArePassed) {
  const auto log = make_memory_log();
  const TopicPartition partition{"t", PartitionId{0}};
  ASSERT_TRUE(log->create_topic({"t", 1, {}}));
  const auto writer = log->make_writer().value();
  for (std::int64_t i = 0; i < 4; ++i) {
    OutgoingRecord record;
    record.topic = "t";
    record.timestamp = TimestampMs{i};
    ASSERT_TRUE(writer->write(record));
  }
  for (const int offset : {0, 2, 4}) {
    ASSERT_TRUE(empty_offset(*log, partition, Offset{offset}));
  }
  EXPECT_FALSE(empty_offset(*log, partition, Offset{6}));
  EXPECT_EQ(log->offsets(partition)->end, Offset{5});
  EXPECT_EQ(log->offset_at(partition, TimestampMs{2}), Offset{3});
  const auto reader = log->make_reader().value();
  ASSERT_TRUE(reader->assign({{partition, Offset{0}}}));
  const auto fetch = [&] { return reader->fetch(1, 100, milliseconds(0)).value(); };
  for (const int offset : {1, 3}) {
    const auto batch = fetch();
    ASSERT_EQ(batch->records().size(), 1U);
    EXPECT_EQ(batch->records()[0].offset, Offset{offset});
    EXPECT_TRUE(batch->ends().empty());
  }
  const auto end = fetch();
  EXPECT_TRUE(end->records().empty());
  ASSERT_EQ(end->ends().size(), 1U);
  EXPECT_EQ(end->ends()[0].offset, Offset{5});
  EXPECT_TRUE(fetch()->ends().empty()) << "it is told once";
}

TEST(MemoryLog, PastRecordsAreFoundBehindWhatCompactionHasTaken) {
  const auto log = make_memory_log();
  const TopicPartition gap{"t", PartitionId{0}};
  const TopicPartition other{"t", PartitionId{1}};
  ASSERT_TRUE(log->create_topic({"t", 2, {}}));
  const auto writer = log->make_writer().value();
  constexpr std::int64_t kRecords = 1'000;
  for (std::int64_t i = 0; i < kRecords; ++i) {
    for (const auto& partition : {gap, other}) {
      OutgoingRecord record;
      record.topic = "t";
      record.partition = partition.partition;
      record.timestamp = TimestampMs{i};
      record.headers = {{"number", i % 2 == 0 ? "even" : "odd"}};
      ASSERT_TRUE(writer->write(record));
    }
  }
  for (std::int64_t i = 1; i < kRecords; ++i) {
    EXPECT_TRUE(i == 700 || empty_offset(*log, gap, Offset{i}));
  }
  const auto last_before = [&](const Position& end) {
    std::map<int, std::string> found;
    EXPECT_TRUE(find_last_records(
        *log, end, [&](const auto& partition, const Batch& batch, std::size_t record) {
          const auto header = batch.headers(record).at(0);
          found[partition.partition.value] =
              std::to_string(batch.records()[record].offset.value) + std::string(*header.value);
          return Status();
        }));
    return found;
  };
  using Found = std::map<int, std::string>;
  EXPECT_EQ(last_before({{gap, Offset{kRecords}}, {other, Offset{kRecords}}}),
            (Found{{0, "700even"}, {1, "999odd"}}));
  EXPECT_EQ(last_before({{gap, Offset{700}}, {other, Offset{2}}}),
            (Found{{0, "0even"}, {1, "1odd"}}));
  EXPECT_EQ(last_before({{gap, Offset{0}}}), Found());
  std::size_t read = 0;
  EXPECT_TRUE(read_between(*log, {{gap, Offset{1}}, {other, Offset{990}}},
                           {{gap, Offset{701}}, {other, Offset{995}}}, [&](const Batch& batch) {
                             read += batch.records().size();
                             return Status();
                           }));
  EXPECT_EQ(read, 6U);
}

}  // namespace
}  // namespace daybook::client::testing
