#include "broker/cleaner/cleaner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "base/report.h"
#include "broker/engine.h"
#include "broker/metrics.h"
#include "broker/test_requests.h"
#include "broker/topics/topics.h"
#include "io/clock.h"
#include "io/faulty_file_system.h"

namespace daybook::broker {
namespace {

using testing::HasSubstr;

class CleanerTest : public testing::Test {
 protected:
  CleanerTest() { start(std::chrono::milliseconds(0)); }

  void start(std::chrono::milliseconds interval) {
    engine_.reset();
    ServerOptions options = test_options(folder_.path());
    options.file_system = &disk_;
    options.clock = &clock_;
    options.retention_check_interval = interval;
    auto engine = Engine::open(options);
    ASSERT_TRUE(engine.has_value()) << engine.error().message;
    engine_ = *std::move(engine);
  }
  std::shared_ptr<log::Partition> make(const std::string& topic, const Config& config) {
    std::promise<Result<TopicPtr>> made;
    engine_->core().topics.create({.name = topic, .partitions = 1, .config = config},
                                  [&](auto result) { made.set_value(std::move(result)); });
    return made.get_future().get().value()->partitions.at(0).value();
  }
  void append(log::Partition& partition) {
    const auto appended = partition.append(test_batch({std::string(900, 'x')}));
    ASSERT_TRUE(appended.has_value()) << appended.error().message;
    std::promise<Status> durable;
    partition.when_durable(appended->end, [&](Status status) { durable.set_value(status); });
    ASSERT_TRUE(durable.get_future().get().has_value());
  }
  Offset delete_all(const std::shared_ptr<log::Partition>& partition) {
    std::promise<Result<Offset>> deleted;
    engine_->core().cleaner.delete_records(
        partition, std::nullopt, [&](auto result) { deleted.set_value(std::move(result)); });
    return deleted.get_future().get().value();
  }

  std::string reported_;
  ScopedReportSink sink_{
      [this](Severity, std::string_view, std::string_view text) { reported_ += text; }};
  io::TestFolder folder_;
  io::FaultyFileSystem disk_{1};
  io::ManualClock clock_{TimestampMs{1'000'000}};
  std::unique_ptr<Engine> engine_;
};

TEST_F(CleanerTest, RemovesWhatTheTopicsSettingsDoNotKeep) {
  const auto kept = make("kept", {});
  const auto short_lived = make("short", {{"retention.ms", "60000"}});
  append(*kept);
  append(*short_lived);
  clock_.advance(std::chrono::hours(1));
  engine_->core().cleaner.look();
  EXPECT_EQ(kept->log_start(), Offset{0});
  EXPECT_EQ(short_lived->log_start(), Offset{1});
  EXPECT_EQ(short_lived->size_bytes().value(), 0u);
  EXPECT_EQ(engine_->core().metrics.removed_segments, 1);
  EXPECT_GT(engine_->core().metrics.removed_bytes, 900);
}

TEST_F(CleanerTest, CompactsTheTopicsThatWantIt) {
  const Config small{{"segment.bytes", "1024"}, {"min.cleanable.dirty.ratio", "0.1"}};
  Config compacted = small;
  compacted["cleanup.policy"] = "compact";
  const auto kept = make("kept", small);
  const auto latest = make("latest", compacted);
  for (int i = 0; i < 5; ++i) {
    append(*kept);
    append(*latest);
  }
  engine_->core().cleaner.compact();
  EXPECT_GT(kept->size_bytes().value(), 5u * 900);
  EXPECT_LT(latest->size_bytes().value(), 3u * 900) << "the last, and the one before it: active";
  EXPECT_EQ(engine_->core().metrics.compactions, 1);
  EXPECT_GT(engine_->core().metrics.removed_bytes, 2 * 900);
}

TEST_F(CleanerTest, OneBadPartitionDoesNotStopTheOthers) {
  const Config config{{"retention.bytes", "0"}};
  const auto first = make("a", config);
  const auto second = make("b", config);
  append(*first);
  append(*second);
  disk_.fail_after(io::FaultyFileSystem::Operation::kSync, 1, "/a-0/");
  engine_->core().cleaner.look();
  EXPECT_EQ(second->log_start(), Offset{1});
  EXPECT_EQ(engine_->core().metrics.cleaning_failures, 1);
  EXPECT_THAT(reported_, HasSubstr("a-0"));
}

TEST_F(CleanerTest, LooksAtOnceWhereRecordsWereDeleted) {
  start(std::chrono::hours(1));
  const auto partition = make("t", {{"segment.bytes", "1024"}});
  for (int i = 0; i < 5; ++i) append(*partition);
  EXPECT_EQ(delete_all(partition), Offset{5});
  EXPECT_TRUE(eventually([&] { return engine_->core().metrics.removed_segments == 4; }));
  EXPECT_LT(partition->size_bytes().value(), 1024u);
}

TEST_F(CleanerTest, ADeletionWhileTheServerStopsIsCancelled) {
  const auto partition = make("t", {});
  append(*partition);
  engine_->core().cleaner.stop();
  Result<Offset> outcome;
  engine_->core().cleaner.delete_records(partition, std::nullopt,
                                         [&](auto result) { outcome = std::move(result); });
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(partition->log_start(), Offset{0});
}

}  // namespace
}  // namespace daybook::broker
