#include "flow/exec/batch_size.h"

#include <gtest/gtest.h>

namespace daybook::flow {
namespace {

using std::chrono::milliseconds;

TEST(BatchSize, GrowsWhileFullBatchesAreDoneInTime) {
  BatchSize size;
  EXPECT_EQ(size.max_events(), 1U);
  size.learn(1, milliseconds(10), 100);
  EXPECT_EQ(size.max_events(), 4U);
  size.learn(2, milliseconds(10), 100);
  EXPECT_EQ(size.max_events(), 4U) << "no more had come";
  for (int i = 0; i < 20; ++i) size.learn(size.max_events(), milliseconds(10), 100);
  EXPECT_EQ(size.max_events(), kMaxBatchEvents);
}

TEST(BatchSize, ShrinksToWhatIsDoneInTime) {
  BatchSize size;
  for (int i = 0; i < 5; ++i) size.learn(size.max_events(), milliseconds(10), 100);
  size.learn(1'000, BatchSize::kWantedTime * 10, 100);
  EXPECT_EQ(size.max_events(), 100U);
  size.learn(100, milliseconds(10), BatchSize::kWantedBytes * 2);
  EXPECT_EQ(size.max_events(), 50U);
  size.learn(1, BatchSize::kWantedTime * 100, 100);
  EXPECT_EQ(size.max_events(), 1U);
}

}  // namespace
}  // namespace daybook::flow
