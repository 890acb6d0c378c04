#include "sql/fold_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace daybook::sql {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class FoldRunTest : public testing::Test {
 protected:
  FoldRunTest() : engine_(Engine::open().value()) {}

  void prepare(const std::string& sql) {
    ASSERT_TRUE(engine_->set_input("t", schema_));
    auto plan = plan_fold(*engine_, sql, "t", schema_, {"k"});
    ASSERT_TRUE(plan) << plan.error()[0].message;
    run_ = FoldRun::prepare(*engine_, *plan, schema_).value();
  }
  FoldResult compute(const std::vector<std::string>& values) {
    values_ = values;
    events_.clear();
    for (std::size_t i = 0; i < values_.size(); ++i) {
      events_.push_back({0, static_cast<std::int64_t>(i), 1, 1, "key", values_[i]});
    }
    auto result = run_->compute(events_);
    EXPECT_TRUE(result) << result.error().message;
    return std::move(*result);
  }
  static std::vector<std::int64_t> numbers(Rows& rows, std::size_t column) {
    std::vector<std::int64_t> out;
    Cell cell;
    while (rows.next_chunk().value()) {
      for (std::size_t i = 0; i < rows.row_count(); ++i) {
        rows.read(column, i, cell);
        out.push_back(static_cast<std::int64_t>(cell.integer));
      }
    }
    return out;
  }

  InputSchema schema_{"t", false, {{"k", {TypeId::kBigint}}, {"x", {TypeId::kVarchar}}}};
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<FoldRun> run_;
  std::vector<std::string> values_;
  std::vector<InputEvent> events_;
};

TEST_F(FoldRunTest, OneStatementRunsOverBatchAfterBatch) {
  prepare("SELECT k, count(*) AS n FROM t GROUP BY k");
  for (int i = 1; i < 50; ++i) {
    auto result = compute(std::vector<std::string>(static_cast<std::size_t>(i), R"({"k":1})"));
    EXPECT_THAT(numbers(*result.partial, 1), ElementsAre(i));
  }
}

TEST_F(FoldRunTest, EventsOnWhichTheSqlFailsAreLeftOutAndNamed) {
  prepare("SELECT k, sum(x::INTEGER) AS s FROM t GROUP BY k");
  std::vector<std::string> values(3000, R"({"k":1,"x":"2"})");
  values[0] = R"({"k":1,"x":"bad"})";
  values[1234] = R"({"k":1,"x":"worse"})";
  values[2999] = R"({"k":1,"x":"99999999999"})";
  auto result = compute(values);
  std::vector<std::size_t> rejected;
  for (const auto& event : result.rejected) rejected.push_back(event.event);
  EXPECT_THAT(rejected, ElementsAre(0, 1234, 2999));
  EXPECT_THAT(result.rejected[1].reason, HasSubstr("worse"));
  EXPECT_THAT(numbers(*result.partial, 1), ElementsAre(2 * 2997));
}

TEST_F(FoldRunTest, ABatchOfBadEventsOnlyLeavesNothing) {
  prepare("SELECT k, sum(x::INTEGER) AS s FROM t GROUP BY k");
  auto result = compute(std::vector<std::string>(100, R"({"k":1,"x":"bad"})"));
  EXPECT_EQ(result.rejected.size(), 100u);
  EXPECT_THAT(numbers(*result.partial, 1), ElementsAre());
}

}  // namespace
}  // namespace daybook::sql
