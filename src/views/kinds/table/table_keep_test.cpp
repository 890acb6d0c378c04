// Kept periods: what is forgotten is a matter of the events up to a position alone.

#include <gmock/gmock.h>

#include "views/kinds/table/memory_fold.h"

namespace daybook::views::table {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kJanuaryMs = 1'767'225'600'000;  // 2026-01-01

sql::InputSchema schema(bool is_change) {
  return {"t", is_change, {{"id", {TypeId::kBigint}, true}, {"due", {TypeId::kTimestamp}}}};
}

class TableKeep : public testing::Test {
 protected:
  void fold(const std::string& query, const std::string& key, int keep_days,
            bool is_change = false) {
    fold_.reset();
    engine_ = sql::Engine::open().value();
    ASSERT_TRUE(engine_->set_input("t", schema(is_change)));
    auto plan = sql::plan_fold(*engine_, query, "t", schema(is_change), {key}, keep_days * kDayMs);
    ASSERT_TRUE(plan) << plan.error()[0].message;
    plan_ = std::move(*plan);
    fold_ = std::make_unique<MemoryFold>(*engine_, plan_, schema(is_change));
  }

  // An event of a day of January, written on that day or another one.
  void add(int id, int day, int written_day = 0, std::int32_t partition = 0) {
    values_.push_back(R"({"id":)" + std::to_string(id) + R"(,"due":)" + at(day) + "}");
    const auto written = kJanuaryMs + ((written_day == 0 ? day : written_day) - 1) * kDayMs;
    auto& clock = clocks_[static_cast<std::size_t>(partition)];
    clock = std::max(clock, written);
    events_.push_back({partition, std::ssize(values_), written, clock, "k", {}});
  }
  static std::string at(int day) { return std::to_string(kJanuaryMs + (day - 1) * kDayMs); }

  void apply() {
    for (std::size_t i = 0; i < events_.size(); ++i) events_[i].value = values_[i];
    fold_->apply(events_);
    events_.clear();
    values_.clear();
  }

  std::unique_ptr<sql::Engine> engine_;
  sql::FoldPlan plan_;
  std::unique_ptr<MemoryFold> fold_;
  std::vector<std::string> values_;
  std::vector<sql::InputEvent> events_;
  std::int64_t clocks_[2] = {};
};

constexpr const char* kByDay = "SELECT due::DATE AS day, count(*) AS n FROM t GROUP BY day";

TEST_F(TableKeep, GroupsOlderThanTheNewestEventByMoreAreForgotten) {
  ASSERT_NO_FATAL_FAILURE(fold(kByDay, "day", 3));
  for (const int day : {1, 2, 3, 4}) add(day, day);
  apply();
  EXPECT_EQ(fold_->rows().size(), 4U);  // the first is exactly three days old
  add(5, 6);
  apply();
  EXPECT_THAT(fold_->rows(),
              ElementsAre("'2026-01-03' | 1 | ", "'2026-01-04' | 1 | ", "'2026-01-06' | 1 | "));
}

TEST_F(TableKeep, AnEventThatComesTooLateShowsNothing) {
  ASSERT_NO_FATAL_FAILURE(fold(kByDay, "day", 3));
  add(1, 10);
  add(2, 2, 10);
  apply();
  EXPECT_THAT(fold_->rows(), ElementsAre("'2026-01-10' | 1 | "));
  add(3, 2, 2, 1);  // another partition is behind
  apply();
  EXPECT_THAT(fold_->rows(), ElementsAre("'2026-01-10' | 1 | "));
}

TEST_F(TableKeep, WhatIsForgottenOfChangesTakesItsSidesAlong) {
  ASSERT_NO_FATAL_FAILURE(fold(
      "SELECT due::DATE AS day, max(id) AS m FROM t GROUP BY day HAVING m > 1", "day", 3, true));
  const auto change = [&](int id, int day) {
    add(id, day);
    values_.back() = R"({"before":null,"after":{"id":)" + std::to_string(id) + R"(,"due":)" +
                     at(day) + R"(000},"op":"c"})";
  };
  change(1, 1);
  change(2, 1);
  change(1, 2);
  apply();
  EXPECT_THAT(fold_->rows(), ElementsAre("'2026-01-01' | 2 | "));
  EXPECT_EQ(fold_->count("daybook_side_0"), 3);
  change(9, 20);
  apply();
  EXPECT_THAT(fold_->rows(), ElementsAre("'2026-01-20' | 9 | "));
  EXPECT_EQ(fold_->count("daybook_side_0"), 1);
}

TEST_F(TableKeep, TheLatestRowIsForgottenByTheTimeOfItsEvent) {
  ASSERT_NO_FATAL_FAILURE(fold("SELECT id, due FROM t", "id", 3));
  add(1, 1);
  add(2, 2);
  add(1, 3);
  add(3, 6);
  apply();
  EXPECT_EQ(fold_->rows().size(), 2U);
  add(2, 7);
  apply();
  EXPECT_EQ(fold_->count("daybook_rows"), 2);
}

TEST_F(TableKeep, AGroupWithoutATimeCannotBeForgotten) {
  engine_ = sql::Engine::open().value();
  ASSERT_TRUE(engine_->set_input("t", schema(false)));
  const auto refusal = [&](const std::string& query) {
    return sql::plan_fold(*engine_, query, "t", schema(false), {"id"}, kDayMs).error()[0].message;
  };
  EXPECT_THAT(refusal("SELECT id, count(*) AS n FROM t GROUP BY id"),
              HasSubstr("keep needs a time in GROUP BY"));
  EXPECT_THAT(refusal("SELECT id, due, due::DATE AS day, count(*) AS n FROM t GROUP BY ALL"),
              HasSubstr("which of the times"));
}

}  // namespace
}  // namespace daybook::views::table
