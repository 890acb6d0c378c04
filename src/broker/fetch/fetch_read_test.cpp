#include "broker/fetch/fetch_read.h"

#include <gtest/gtest.h>

#include <future>
#include <vector>

#include "base/report.h"
#include "broker/engine.h"
#include "broker/limits.h"
#include "broker/memory_budget.h"
#include "broker/test_requests.h"
#include "broker/topics/topics.h"
#include "io/faulty_file_system.h"

namespace daybook::broker {
namespace {

class FetchReadTest : public testing::Test {
 protected:
  FetchReadTest() {
    ServerOptions options = test_options(folder_.path());
    options.file_system = &disk_;
    auto engine = Engine::open(options);
    EXPECT_TRUE(engine.has_value()) << engine.error().message;
    engine_ = *std::move(engine);
    std::promise<Result<TopicPtr>> made;
    engine_->core().topics.create({.name = "t"}, [&](auto topic) { made.set_value(topic); });
    partition_ = made.get_future().get().value()->partitions.at(0).value();
  }

  // Whether it became durable.
  Status append(const std::string& value) {
    const auto appended = partition_->append(test_batch({value}));
    EXPECT_TRUE(appended.has_value());
    std::promise<Status> durable;
    partition_->when_durable(appended->end, [&](Status status) { durable.set_value(status); });
    return durable.get_future().get();
  }
  PartitionRead read(const FetchLimits& limits = {.max_bytes = 1 << 20}, Offset from = Offset{0}) {
    return FetchReader(limits).read(engine_->core().topics.find("t"),
                                    KafkaError::kUnknownTopicOrPartition,
                                    fetch_request("t", from).topics.at(0).partitions.at(0));
  }

  ScopedReportSink quiet_{[](Severity, std::string_view, std::string_view) {}};
  io::TestFolder folder_;
  io::FaultyFileSystem disk_{1};
  std::unique_ptr<Engine> engine_;
  std::shared_ptr<log::Partition> partition_;
};

TEST_F(FetchReadTest, NobodyWaitsAtAPartitionThatAcceptsNothingMore) {
  EXPECT_NE(read().place, nullptr);
  // The journal makes its files meanwhile, and may meet the fault instead.
  Offset end{0};
  for (bool durable = true; durable && end < Offset{100};) {
    disk_.fail_after(io::FaultyFileSystem::Operation::kSync, 1);
    durable = append("v").has_value();
    if (durable) end = end.next();
  }
  ASSERT_LT(end, Offset{100});
  // Its wake-up would come at once, again and again: no record can come.
  const PartitionRead found = read({.max_bytes = 1 << 20}, end);
  EXPECT_FALSE(found.failed());
  EXPECT_EQ(found.size_bytes, 0u);
  EXPECT_EQ(found.place, nullptr);
}

TEST_F(FetchReadTest, WhoFindsATopicThatIsBeingDeletedIsToldToLookElsewhere) {
  ASSERT_TRUE(partition_->close().has_value());
  EXPECT_EQ(read().answer.error_code, KafkaError::kNotLeaderOrFollower);
}

TEST_F(FetchReadTest, WhatDoesNotFitBehindOtherRecordsStaysToBeRead) {
  ASSERT_TRUE(append(std::string(1'000, 'x')));
  const TopicPtr topic = engine_->core().topics.find("t");
  const auto asked = fetch_request("t", Offset{0}).topics.at(0).partitions.at(0);
  FetchReader reader({.max_bytes = 1'500});
  const PartitionRead first = reader.read(topic, KafkaError::kUnknownTopicOrPartition, asked);
  EXPECT_GT(first.size_bytes, 1'000u);
  EXPECT_FALSE(first.skipped);
  const PartitionRead second = reader.read(topic, KafkaError::kUnknownTopicOrPartition, asked);
  EXPECT_EQ(second.size_bytes, 0u);
  EXPECT_TRUE(second.skipped) << "there is room, but not for all of it";
}

TEST_F(FetchReadTest, BehindWhatDoesNotFitNothingIsLookedUp) {
  ASSERT_TRUE(append(std::string(1'000, 'x')));
  ASSERT_TRUE(append("small"));
  const TopicPtr topic = engine_->core().topics.find("t");
  const auto first = fetch_request("t", Offset{0}).topics.at(0).partitions.at(0);
  const auto small = fetch_request("t", Offset{1}).topics.at(0).partitions.at(0);
  FetchReader reader({.max_bytes = 1'500});
  const auto read = [&](const auto& asked) {
    return reader.read(topic, KafkaError::kUnknownTopicOrPartition, asked);
  };
  // 1'000 bytes with what comes after them, the small one, and again: the last one does not fit.
  EXPECT_GT(read(first).size_bytes, 1'000u);
  EXPECT_GT(read(small).size_bytes, 0u);
  EXPECT_TRUE(read(first).skipped);
  EXPECT_TRUE(read(small).skipped) << "there is room for it, but it waits for the next fetch";
}

TEST_F(FetchReadTest, WithoutMemoryNothingIsReadAndItStaysToBeRead) {
  ASSERT_TRUE(append("v"));
  const FetchLimits limits{.max_bytes = 1 << 20};
  Counter held = 0;
  MemoryBudget memory(1'000'000, held);
  EXPECT_EQ(limits.within(memory).max_bytes, memory.limit_bytes() / kFetchShareOfMemory);
  EXPECT_GT(read(limits.within(memory)).size_bytes, 0u);
  memory.take(memory.limit_bytes());
  const PartitionRead none = read(limits.within(memory));
  EXPECT_EQ(none.size_bytes, 0u);
  EXPECT_TRUE(none.skipped);
  EXPECT_EQ(none.answer.high_watermark, Offset{1});
  const PartitionRead at_end = read(limits.within(memory), Offset{1});
  EXPECT_FALSE(at_end.skipped) << "there is nothing that would need memory";
  EXPECT_NE(at_end.place, nullptr);
  EXPECT_EQ(read(limits.within(memory), Offset{2}).answer.error_code,
            KafkaError::kOffsetOutOfRange);
  memory.give_back(1);
  EXPECT_GT(read(limits.within(memory)).size_bytes, 0u);
}

TEST_F(FetchReadTest, RecordsStayInTheirFileUntilTooManyAnswersHoldOne) {
  for (int i = 0; i < 3; ++i) append(std::string(40'000, static_cast<char>('a' + i)));
  const auto only = [](const PartitionRead& read) { return read.answer.records->at(0); };
  std::vector<wire::RecordChunk> held;
  for (int i = 0; i < kMaxFilesOfAnswers; ++i) {
    held.push_back(only(read()));
    ASSERT_NE(held.back().elsewhere, nullptr);
  }
  const wire::RecordChunk copied = only(read());
  EXPECT_EQ(copied.elsewhere, nullptr);
  EXPECT_TRUE(held.back().elsewhere->copy().value() == to_bytes(copied.bytes));
  held.pop_back();
  EXPECT_NE(only(read()).elsewhere, nullptr);
}

}  // namespace
}  // namespace daybook::broker
