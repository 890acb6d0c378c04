#include "flow/rate.h"

#include <gtest/gtest.h>

namespace daybook::flow {
namespace {

using std::chrono::milliseconds;

TEST(Rate, IsThatOfTheLastSeconds) {
  Rate rate;
  Rate::Time now{};
  std::int64_t total = 0;
  for (int i = 0; i < 1000; ++i) rate.record(now += milliseconds(20), total += 2);
  EXPECT_NEAR(rate.per_second(now), 100, 3);
  for (int i = 0; i < 1000; ++i) rate.record(now += milliseconds(20), total += 20);
  EXPECT_NEAR(rate.per_second(now), 1000, 30);
}

TEST(Rate, FallsToNothingWhenNothingComes) {
  Rate rate;
  Rate::Time now{};
  for (int i = 0; i < 100; ++i) rate.record(now += milliseconds(20), i);
  EXPECT_GT(rate.per_second(now + milliseconds(100)), 0);
  EXPECT_EQ(rate.per_second(now + milliseconds(6000)), 0);
}

}  // namespace
}  // namespace daybook::flow
