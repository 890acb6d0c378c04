#include "broker/fetch/fetch_sessions.h"

#include <gtest/gtest.h>

#include <set>

#include "broker/engine.h"
#include "broker/fetch/fetch_session.h"
#include "broker/limits.h"
#include "broker/memory_budget.h"
#include "broker/test_requests.h"

namespace daybook::broker {
namespace {

using std::chrono::seconds;

class FetchSessionCacheTest : public testing::Test {
 protected:
  FetchSessionCacheTest() : engine_(Engine::open(test_options(folder_.path())).value()) {}

  std::shared_ptr<FetchSession> session(std::int32_t partitions) {
    wire::FetchRequest request;
    request.topics.emplace_back();
    request.topics[0].topic = "t";
    for (std::int32_t i = 0; i < partitions; ++i) {
      request.topics[0].partitions.emplace_back().partition = PartitionId{i};
    }
    auto made = std::make_shared<FetchSession>(engine_->core().topics, memory_, /*by_id=*/false);
    EXPECT_EQ(made->begin(request, false, now_), 1);
    return made;
  }
  std::int32_t add(std::int32_t partitions) { return sessions_.add(session(partitions), now_); }
  void fill(std::int32_t partitions) {
    for (std::size_t i = 0; i < kMaxFetchSessions; ++i) ids_.insert(add(partitions));
    ASSERT_EQ(ids_.size(), kMaxFetchSessions) << "ids are distinct";
    ASSERT_FALSE(ids_.contains(0));
  }

  io::TestFolder folder_;
  std::unique_ptr<Engine> engine_;
  FetchSessions::TimePoint now_{seconds(1'000)};
  Metrics metrics_;
  MemoryBudget memory_{kMaxRequestMemoryBytes, metrics_.request_memory_bytes};
  FetchSessions sessions_{metrics_};
  std::set<std::int32_t> ids_;
};

TEST_F(FetchSessionCacheTest, WithoutAFreeSlotANewSessionIsNotRemembered) {
  fill(2);
  EXPECT_EQ(add(1), 0);
  EXPECT_EQ(add(3), 0) << "the others had no time yet";
  EXPECT_EQ(metrics_.fetch_sessions, static_cast<std::int64_t>(kMaxFetchSessions));
  sessions_.remove(*ids_.begin());
  EXPECT_NE(add(1), 0);
}

TEST_F(FetchSessionCacheTest, ASessionThatNobodyUsesGivesItsSlotAway) {
  fill(2);
  const std::int32_t unused = *ids_.begin();
  now_ += kFetchSessionEviction + seconds(1);
  for (const std::int32_t id : ids_) {
    if (id != unused) {
      EXPECT_TRUE(sessions_.touch(id, now_));
    }
  }
  EXPECT_NE(add(1), 0);
  EXPECT_EQ(sessions_.find(unused), nullptr);
}

TEST_F(FetchSessionCacheTest, ALargerSessionTakesTheSlotOfASmallerOldOne) {
  fill(2);
  now_ += kFetchSessionEviction + seconds(1);
  for (const std::int32_t id : ids_) EXPECT_TRUE(sessions_.touch(id, now_));
  EXPECT_EQ(add(2), 0);
  EXPECT_NE(add(3), 0);
  EXPECT_EQ(metrics_.fetch_sessions, static_cast<std::int64_t>(kMaxFetchSessions));
}

TEST_F(FetchSessionCacheTest, AllSessionsTogetherHoldABoundedNumberOfPartitions) {
  const auto half = static_cast<std::int32_t>(kMaxFetchSessionPartitions / 2);
  const std::int32_t first = add(half);
  EXPECT_NE(first, 0);
  EXPECT_EQ(add(half + 1), 0);
  const auto growing = session(1);
  const std::int32_t id = sessions_.add(growing, now_);
  ASSERT_NE(id, 0);
  wire::FetchRequest more;
  more.session_epoch = 1;
  more.topics.emplace_back();
  more.topics[0].topic = "u";
  for (std::int32_t i = 0; i <= half; ++i) {
    more.topics[0].partitions.emplace_back().partition = PartitionId{i};
  }
  ASSERT_EQ(growing->begin(more, false, now_), 2);
  EXPECT_FALSE(sessions_.touch(id, now_));
  EXPECT_EQ(sessions_.find(id), nullptr);
}

}  // namespace
}  // namespace daybook::broker
