#include "log/segment/checked_ranges.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace daybook::log {
namespace {

TEST(CheckedRanges, NothingIsKnownAtFirst) {
  EXPECT_EQ(CheckedRanges().end_from(0), 0u);
  EXPECT_EQ(CheckedRanges().end_from(7), 7u);
}

TEST(CheckedRanges, WhatTouchesBecomesOne) {
  CheckedRanges ranges;
  ranges.add(10, 20);
  ranges.add(30, 40);
  EXPECT_EQ(ranges.end_from(10), 20u);
  EXPECT_EQ(ranges.end_from(19), 20u);
  EXPECT_EQ(ranges.end_from(20), 20u) << "what is behind the range is not in it";
  ranges.add(20, 30);
  EXPECT_EQ(ranges.end_from(10), 40u);
  ranges.add(5, 60);
  EXPECT_EQ(ranges.end_from(4), 4u);
  EXPECT_EQ(ranges.end_from(5), 60u);
  ranges.add(7, 7);
  EXPECT_EQ(ranges.end_from(7), 60u);
}

TEST(CheckedRanges, NothingIsKnownThatWasNotAdded) {
  constexpr std::uint32_t kSize = 300;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Random random(seed);
    CheckedRanges ranges;
    std::vector<bool> known(kSize);
    for (int i = 0; i < 20; ++i) {
      const auto from = static_cast<std::uint32_t>(random.below(kSize - 20));
      const auto to = from + static_cast<std::uint32_t>(random.below(20));
      ranges.add(from, to);
      std::fill(known.begin() + from, known.begin() + to, true);
      for (std::uint32_t position = 0; position < kSize; ++position) {
        std::uint32_t end = position;
        while (end < kSize && known[end]) ++end;
        ASSERT_EQ(ranges.end_from(position), end) << position;
      }
    }
  }
}

TEST(CheckedRanges, TheSmallestAreForgotten) {
  CheckedRanges ranges;
  ranges.add(0, 1);
  for (std::uint32_t i = 1; i <= CheckedRanges::kMaxRanges; ++i) ranges.add(100 * i, 100 * i + 2);
  EXPECT_EQ(ranges.end_from(0), 0u);
  for (std::uint32_t i = 1; i <= CheckedRanges::kMaxRanges; ++i) {
    EXPECT_EQ(ranges.end_from(100 * i), 100 * i + 2);
  }
}

}  // namespace
}  // namespace daybook::log
