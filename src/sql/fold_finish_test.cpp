#include "sql/fold_finish.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace daybook::sql {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

InputSchema payments() {
  return {"tx", false, {{"account", {TypeId::kVarchar}}, {"amount", {TypeId::kDecimal, 18, 2}}}};
}

Cell text(const char* value) {
  Cell cell;
  cell.set_text(value);
  return cell;
}

Cell number(Int128 value) {
  Cell cell;
  cell.set_integer(value);
  return cell;
}

class FoldFinishTest : public testing::Test {
 protected:
  FoldFinishTest() : engine_(Engine::open().value()) {
    EXPECT_TRUE(engine_->set_input("tx", payments()));
  }

  void prepare(const std::string& sql) {
    const auto plan = plan_fold(*engine_, sql, "tx", payments(), {"account"});
    ASSERT_TRUE(plan) << plan.error()[0].message;
    finish_ = FoldFinish::prepare(*engine_, *plan).value();
  }

  // "number: column column …" of each group that is shown.
  std::vector<std::string> run() {
    std::vector<std::string> lines;
    const auto status = finish_->run([&](std::size_t group, std::vector<Cell>& computed) {
      auto line = std::to_string(group) + ":";
      for (const auto& cell : computed) {
        line += " " + (cell.is_null()                   ? "NULL"
                       : cell.kind == Cell::Kind::kText ? cell.text
                                                        : to_text(cell.integer));
      }
      lines.push_back(line);
    });
    if (!status) return {status.error().message};
    return lines;
  }

  std::unique_ptr<Engine> engine_;
  std::unique_ptr<FoldFinish> finish_;
};

TEST_F(FoldFinishTest, GroupsThatPassHavingAreComputed) {
  prepare(
      "SELECT account, sum(amount) AS total, upper(account) || ':' || count(*) AS label, "
      "total * 2 AS twice FROM tx GROUP BY account HAVING total > 1");
  const Cell groups[] = {text("a"), text("b"), text("c")};
  const Cell totals[] = {number(500), number(99), number(101)};
  const Cell counts[] = {number(7), number(8), number(9)};
  for (int round = 0; round < 2; ++round) {
    finish_->clear();
    for (std::size_t i = 0; i < 3; ++i) {
      finish_->push(groups[i]);
      finish_->push(totals[i]);
      finish_->push(counts[i]);
    }
    EXPECT_THAT(run(), ElementsAre("0: A:7 1000", "2: C:9 202"));
  }
}

TEST_F(FoldFinishTest, AValueThatCannotBeComputedIsAnErrorUnlessItIsTried) {
  const auto group = text("a");
  const auto total = number(100'000);
  prepare("SELECT account, sum(amount)::TINYINT AS small FROM tx GROUP BY account");
  finish_->push(group);
  finish_->push(total);
  EXPECT_THAT(run(), ElementsAre(testing::AllOf(HasSubstr("INT8"), HasSubstr("TRY(...)"))));

  prepare("SELECT account, TRY(sum(amount)::TINYINT) AS small FROM tx GROUP BY account");
  finish_->push(group);
  finish_->push(total);
  EXPECT_THAT(run(), ElementsAre("0: NULL"));
}

}  // namespace
}  // namespace daybook::sql
