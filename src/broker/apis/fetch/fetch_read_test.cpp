#include "broker/apis/fetch/fetch_read.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "base/report.h"
#include "broker/engine.h"
#include "broker/test_requests.h"
#include "broker/topics/topics.h"
#include "io/faulty_file_system.h"

namespace daybook::broker::apis {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

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

  FetchRead read() {
    return read_for_fetch(engine_->core(), fetch_request("t", Offset{0}), kByName);
  }

  ScopedReportSink quiet_{[](Severity, std::string_view, std::string_view) {}};
  TestFolder folder_;
  io::FaultyFileSystem disk_{1};
  std::unique_ptr<Engine> engine_;
  std::shared_ptr<log::Partition> partition_;
};

TEST_F(FetchReadTest, NobodyWaitsAtAPartitionThatAcceptsNothingMore) {
  EXPECT_THAT(read().places, SizeIs(1));
  disk_.fail_after(io::FaultyFileSystem::Operation::kSync, 1);
  const auto appended = partition_->append(test_batch({"lost"}));
  ASSERT_TRUE(appended.has_value()) << appended.error().message;
  std::promise<Status> durable;
  partition_->when_durable(appended->end, [&](Status status) { durable.set_value(status); });
  ASSERT_FALSE(durable.get_future().get().has_value());
  // Its wake-up would come at once, again and again: no record can come.
  const FetchRead found = read();
  EXPECT_FALSE(found.failed);
  EXPECT_THAT(found.places, IsEmpty());
}

TEST_F(FetchReadTest, WhoFindsATopicThatIsBeingDeletedIsToldToLookElsewhere) {
  ASSERT_TRUE(partition_->close().has_value());
  EXPECT_EQ(read().response.responses.at(0).partitions.at(0).error_code,
            KafkaError::kNotLeaderOrFollower);
}

}  // namespace
}  // namespace daybook::broker::apis
