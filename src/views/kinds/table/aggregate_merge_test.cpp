#include "views/kinds/table/aggregate_merge.h"

#include <gtest/gtest.h>

namespace daybook::views::table {
namespace {

using sql::AggregateKind;

// A row that has nothing but a standard deviation.
class SpreadRow {
 public:
  SpreadRow() : row_(7) {
    stored_.value = 0;
    stored_.count = 1;
    stored_.sum = 2;
    stored_.low = 3;
    stored_.origin = 4;
    stored_.square = 5;
  }

  void add(double value, std::int64_t times = 1) { merge_spread(stored_, value, times, row_); }

  // NULL as -1.
  double shown(AggregateKind kind) {
    sql::Aggregate aggregate;
    aggregate.kind = kind;
    show_spread(aggregate, stored_, row_);
    return row_[0].is_null() ? -1 : row_[0].real;
  }

 private:
  StoredAggregate stored_;
  std::vector<sql::Cell> row_;
};

TEST(AggregateMerge, ASmallSpreadOfLargeValuesIsExact) {
  SpreadRow row;
  for (const double value : {1e15, 1e15 + 1, 1e15 + 2, 1e15 + 3}) row.add(value);
  EXPECT_EQ(row.shown(AggregateKind::kVarPop), 1.25);
  EXPECT_EQ(row.shown(AggregateKind::kVarSamp), 5.0 / 3);
}

TEST(AggregateMerge, AnOutlierThatIsTakenBackLeavesNothing) {
  SpreadRow row;
  row.add(1);
  row.add(1e12, 3);
  row.add(2);
  row.add(1e12, -3);
  EXPECT_EQ(row.shown(AggregateKind::kVarPop), 0.25);
  EXPECT_EQ(row.shown(AggregateKind::kStddevPop), 0.5);
}

TEST(AggregateMerge, TooFewValuesHaveNoSpread) {
  SpreadRow row;
  EXPECT_EQ(row.shown(AggregateKind::kStddevPop), -1);
  row.add(7);
  EXPECT_EQ(row.shown(AggregateKind::kStddevPop), 0);
  EXPECT_EQ(row.shown(AggregateKind::kStddevSamp), -1);
  row.add(7, -1);
  EXPECT_EQ(row.shown(AggregateKind::kStddevPop), -1);
  row.add(1e9);  // counted from here anew
  row.add(1e9 + 2);
  EXPECT_EQ(row.shown(AggregateKind::kVarSamp), 2);
}

}  // namespace
}  // namespace daybook::views::table
