#include "log/recovery/scan_budget.h"

#include <gtest/gtest.h>

#include <deque>

namespace daybook::log {
namespace {

TEST(ScanBudget, WithinItNobodyIsDue) {
  const auto budget = std::make_shared<ScanBudget>(100);
  ScanBudget::Share share(budget);
  share.add(100);
  EXPECT_FALSE(share.is_due());
  share.add(1);
  EXPECT_TRUE(share.is_due());
}

TEST(ScanBudget, BeyondItThoseWithMoreThanTheirShareAreDue) {
  const auto budget = std::make_shared<ScanBudget>(100);
  ScanBudget::Share large(budget);
  ScanBudget::Share small(budget);
  large.add(90);
  small.add(20);
  EXPECT_TRUE(large.is_due());
  EXPECT_FALSE(small.is_due());
  large.clear();
  EXPECT_EQ(budget->total_bytes(), 20u);
  EXPECT_FALSE(large.is_due());
}

TEST(ScanBudget, WithLittleBehindTheCheckpointNobodyIsDue) {
  constexpr std::uint64_t kBytes = 1 << 20;
  const auto budget = std::make_shared<ScanBudget>(kBytes);
  std::deque<ScanBudget::Share> shares;
  while (budget->total_bytes() <= kBytes) shares.emplace_back(budget).add(500);
  EXPECT_FALSE(shares.front().is_due());
  shares.front().add(500);
  EXPECT_TRUE(shares.front().is_due());
}

TEST(ScanBudget, AShareThatEndsIsGivenBack) {
  const auto budget = std::make_shared<ScanBudget>(100);
  {
    ScanBudget::Share share(budget);
    share.add(60);
  }
  EXPECT_EQ(budget->total_bytes(), 0u);
}

TEST(ScanBudget, WithoutABudgetThereIsNoBound) {
  ScanBudget::Share share(nullptr);
  share.add(std::uint64_t{1} << 40);
  EXPECT_FALSE(share.is_due());
}

}  // namespace
}  // namespace daybook::log
