#include "broker/append_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <string>
#include <vector>

#include "broker/engine.h"
#include "broker/limits.h"
#include "broker/test_requests.h"
#include "broker/topics/topics.h"

namespace daybook::broker {
namespace {

class AppendQueueTest : public testing::Test {
 protected:
  AppendQueueTest() {
    ServerOptions options = test_options(folder_.path());
    options.durability = Durability::kOs;
    auto engine = Engine::open(options);
    EXPECT_TRUE(engine.has_value()) << engine.error().message;
    engine_ = *std::move(engine);
    std::promise<Result<TopicPtr>> made;
    engine_->core().topics.create({.name = "t", .partitions = 2},
                                  [&](auto topic) { made.set_value(topic); });
    topic_ = made.get_future().get().value();
  }

  log::Partition& partition(std::int32_t index) { return **topic_->partition(PartitionId{index}); }
  void add(std::int32_t index, BytesView batch) {
    appends_.add(partition(index), batch, [this, index](const log::AppendResult& appended) {
      done_.push_back(std::to_string(index) + (appended ? " at " : " refused ") +
                      std::to_string(appended ? appended->base.value : 0));
    });
  }

  io::TestFolder folder_;
  std::unique_ptr<Engine> engine_;
  TopicPtr topic_;
  AppendQueue appends_;
  std::vector<std::string> done_;
};

TEST_F(AppendQueueTest, WhatComesTogetherIsAppendedToItsPartitionInOrder) {
  const Bytes batch = test_batch({"a", "b"});
  for (const std::int32_t index : {0, 1, 0, 1, 0}) add(index, batch);
  EXPECT_TRUE(done_.empty());
  EXPECT_EQ(partition(0).log_end(), Offset{0});
  appends_.flush();
  std::ranges::stable_sort(done_, {}, [](const std::string& done) { return done.front(); });
  EXPECT_EQ(done_, (std::vector<std::string>{"0 at 0", "0 at 2", "0 at 4", "1 at 0", "1 at 2"}));
}

TEST_F(AppendQueueTest, EachIsToldItsOwnOutcome) {
  const Bytes batch = test_batch({"a"});
  add(0, batch);
  add(0, BytesView(batch).first(20));
  add(0, batch);
  appends_.flush();
  EXPECT_EQ(done_, (std::vector<std::string>{"0 at 0", "0 refused 0", "0 at 1"}));
}

TEST_F(AppendQueueTest, OnlySoManyWait) {
  const Bytes small = test_batch({"a"});
  for (std::size_t i = 0; i < kMaxGatheredAppends; ++i) add(0, small);
  EXPECT_EQ(done_.size(), kMaxGatheredAppends);
  const Bytes large = test_batch({std::string(kMaxGatheredBytes, 'x')});
  add(1, large);
  EXPECT_EQ(done_.back(), "1 at 0");
  appends_.flush();
  EXPECT_EQ(done_.size(), kMaxGatheredAppends + 1);
}

}  // namespace
}  // namespace daybook::broker
