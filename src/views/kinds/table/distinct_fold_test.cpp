// approx_count_distinct() in a view: as near as is stated, the same however events are cut into
// batches and whenever the file is opened anew.

#include <gmock/gmock.h>

#include <cmath>

#include "views/kinds/table/memory_fold.h"
#include "views/kinds/table/table_plan.h"
#include "views/testing/kind_run.h"

namespace daybook::views::table {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using views::testing::KindRun;
using views::testing::Row;
using views::testing::TestEvent;

constexpr const char* kVisitors =
    "SELECT page, approx_count_distinct(visitor) AS visitors, "
    "approx_count_distinct(visitor) FILTER (WHERE paid) AS buyers FROM t GROUP BY page";

client::Schema visits() {
  return {client::Envelope::kPlain,
          {{"page", "VARCHAR"}, {"visitor", "DOUBLE"}, {"paid", "BOOLEAN"}}};
}

std::shared_ptr<const ViewPlan> plan() {
  return make_table_plan({"page"}, kVisitors);
}

TestEvent visit(const std::string& page, const std::string& visitor, bool paid = false) {
  return {"k", R"({"page":")" + page + R"(","visitor":)" + visitor + R"(,"paid":)" +
                   (paid ? "true" : "false") + "}"};
}

// `count` visits of each of as many visitors as are wanted, on one page.
std::vector<TestEvent> many_visits(int visitors, int count) {
  std::vector<TestEvent> events;
  for (int i = 0; i < visitors * count; ++i) {
    const int visitor = i * 7919 % visitors;  // prime: all of them, in turns
    events.push_back(visit("p", std::to_string(visitor), visitor % 10 == 0));
  }
  return events;
}

TEST(DistinctFold, FewValuesAreCountedExactly) {
  KindRun run(plan(), visits());
  run.apply({visit("a", "1", true), visit("a", "1.0"), visit("a", "2"), visit("a", "null"),
             visit("b", "0.0"), visit("b", "-0.0"), visit("c", "null", true)});
  EXPECT_THAT(run.rows("SELECT * FROM v ORDER BY page"),
              ElementsAre(Row{"a", 2, 1}, Row{"b", 1, 0}, Row{"c", 0, 0}));
  run.apply({visit("b", "1", true), visit("a", "2", true)});
  EXPECT_THAT(run.rows("SELECT * FROM v ORDER BY page"),
              ElementsAre(Row{"a", 2, 2}, Row{"b", 2, 1}, Row{"c", 0, 0}));
}

// docs/app-file.md states a standard error of 1.6%.
TEST(DistinctFold, ManyValuesAreCountedWithinTheErrorThatIsStated) {
  constexpr int kVisitorCount = 20'000;
  KindRun run(plan(), visits());
  run.apply(many_visits(kVisitorCount, 2), 10'000);
  const auto rows = run.rows("SELECT visitors, buyers, length(daybook_0_sketch) FROM daybook_rows");
  const auto visitors = static_cast<double>(std::get<std::int64_t>(rows[0][0]));
  const auto buyers = static_cast<double>(std::get<std::int64_t>(rows[0][1]));
  EXPECT_LT(std::abs(visitors / kVisitorCount - 1), 0.05);
  EXPECT_LT(std::abs(buyers / (kVisitorCount / 10.0) - 1), 0.05);
  EXPECT_EQ(rows[0][2], Value(4097));
}

TEST(DistinctFold, IsTheSameHoweverEventsAreCut) {
  auto events = many_visits(400, 2);
  for (int i = 0; i < 50; ++i) events.push_back(visit("q", std::to_string(i % 20), i % 3 == 0));
  const auto rows_of = [&](std::size_t cut, bool reopens) {
    KindRun run(plan(), visits());
    run.apply(events, cut, reopens);
    return run.rows(
        "SELECT page, visitors, buyers, daybook_0_sketch, daybook_1_sketch FROM daybook_rows "
        "ORDER BY page");
  };
  const auto rows = rows_of(50'000, false);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[1][1], Value(20));
  for (const std::size_t cut : {1U, 7U, 1'000U}) EXPECT_EQ(rows_of(cut, false), rows) << cut;
  EXPECT_EQ(rows_of(50, true), rows);
}

// The hash is a part of what is stored: with another one, what is there already would count again.
// These are the last 8 bytes of MD5, as another program has it, of 01BFF8000000000000 and 016200.
TEST(DistinctFold, TheHashesOfValuesNeverChange) {
  KindRun run(make_table_plan({"page"},
                              "SELECT page, approx_count_distinct(visitor) AS a, "
                              "approx_count_distinct(page) AS b FROM t GROUP BY page"),
              visits());
  run.apply({visit("a", "1.5")});
  EXPECT_THAT(run.rows("SELECT daybook_0_sketch, daybook_1_sketch FROM daybook_rows"),
              ElementsAre(Row{"s41722c6e81404f4e", "s1665ba2e72140eae"}));
}

TEST(DistinctFold, AFileWhoseSketchIsNoneIsSaidToBeCorrupt) {
  const sql::InputSchema schema{"t", false, {{"page", {TypeId::kVarchar}}}};
  const auto engine = sql::Engine::open().value();
  ASSERT_TRUE(engine->set_input("t", schema));
  const auto folded =
      sql::plan_fold(*engine, "SELECT page, approx_count_distinct(page) AS n FROM t GROUP BY page",
                     "t", schema, {"page"});
  ASSERT_TRUE(folded) << folded.error()[0].message;
  MemoryFold fold(*engine, *folded, schema);
  const std::vector<sql::InputEvent> events{{0, 1, 1, 1, "k", R"({"page":"a"})"}};
  fold.apply(events);
  ASSERT_TRUE(fold.database().execute("UPDATE daybook_rows SET daybook_0_sketch = 'sx'"));
  const auto applied = fold.try_apply(events);
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().code, ErrorCode::kCorrupt);
  EXPECT_THAT(applied.error().message, HasSubstr("rebuild the view"));
}

}  // namespace
}  // namespace daybook::views::table
