#include "base/random.h"

#include <gtest/gtest.h>

namespace daybook {
namespace {

// The first outputs of the reference implementation for seed 1234567.
TEST(Random, AgreesWithTheReference) {
  Random random(1234567);
  EXPECT_EQ(random.next(), 6457827717110365317u);
  EXPECT_EQ(random.next(), 3203168211198807973u);
  EXPECT_EQ(random.next(), 9817491932198370423u);
}

TEST(Random, StaysBelowTheBound) {
  Random random(1);
  for (int i = 0; i < 1000; ++i) EXPECT_LT(random.below(7), 7u);
}

}  // namespace
}  // namespace daybook
