#include "views/kinds/table/twofold.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace daybook::views::table {
namespace {

TEST(Twofold, WhatWasAddedAndTakenBackLeavesNothing) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> small(-1, 1);
  for (int round = 0; round < 1000; ++round) {
    Twofold sum;
    const double kept = small(random);
    const double passing = std::ldexp(small(random), static_cast<int>(random() % 60));
    sum = sum + Twofold{kept, 0};
    sum = sum + Twofold{passing, 0};
    sum = sum - Twofold{passing, 0};
    EXPECT_EQ(sum.value(), kept);
  }
}

TEST(Twofold, ProductsAndQuotientsKeepThirtyDigits) {
  const Twofold third = Twofold{1, 0} / 3;
  const auto one = third * Twofold{3, 0};
  EXPECT_EQ(one.high, 1);
  EXPECT_LT(std::abs(one.low), 1e-31);
  // (2^53 - 1)^2 = 2^106 - 2^54 + 1
  const double large = 9'007'199'254'740'991;
  const auto square = Twofold::product(large, large);
  EXPECT_EQ(square.high, std::ldexp(1, 106) - std::ldexp(1, 54));
  EXPECT_EQ(square.low, 1);
}

TEST(Twofold, WhatIsNotFiniteStaysSo) {
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ((Twofold{1, 0} + Twofold{infinity, 0}).value(), infinity);
  EXPECT_EQ((Twofold{1e308, 0} + Twofold{1e308, 0}).value(), infinity);
  EXPECT_EQ(Twofold::product(1e300, 1e300).value(), infinity);
}

}  // namespace
}  // namespace daybook::views::table
