// Lists that have a bound, as users see them: JSON of the first or the last values in an order, the
// same however events are cut into batches, and of what is left when rows are taken back.

#include <gmock/gmock.h>

#include <map>
#include <random>

#include "views/kinds/table/table_plan.h"
#include "views/testing/kind_run.h"
#include "views/testing/payment_changes.h"

namespace daybook::views::table {
namespace {

using ::testing::ElementsAre;
using views::testing::change;
using views::testing::expect_same_however_cut;
using views::testing::KindRun;
using views::testing::payment;
using views::testing::payment_schema;
using views::testing::Row;
using views::testing::TestEvent;

constexpr const char* kLists =
    "SELECT account, max(amount, 2) AS largest, min(amount, 2) AS least, "
    "arg_max(note, id, 2) AS newest, list(note ORDER BY amount DESC, id)[1:3] AS ordered, "
    "list(amount)[1:2] AS first_two, array_agg(id)[-2:] AS last_two, "
    "(list(id) FILTER (WHERE amount > 0))[:2] AS paid FROM t GROUP BY account";

std::shared_ptr<const ViewPlan> plan(const std::string& sql) {
  return make_table_plan({"account"}, sql);
}

std::vector<TestEvent> plain(std::initializer_list<std::string> values) {
  std::vector<TestEvent> events;
  for (const auto& value : values) {
    events.push_back({"k", value, static_cast<std::int64_t>(events.size()) + 1});
  }
  return events;
}

TEST(ListFold, ShowsJsonWithEveryDigit) {
  KindRun run(plan(kLists), payment_schema(client::Envelope::kPlain));
  run.apply(plain({payment(1, 7, "2.50", "a"), payment(2, 7, "12345678901234.05", "b\\\""),
                   payment(3, 7, "-1.00", "c"), payment(4, 8, "-3.00", "d")}));
  EXPECT_THAT(
      run.rows("SELECT * FROM v ORDER BY account"),
      ElementsAre(Row{7, R"(["12345678901234.05","2.50"])", R"(["-1.00","2.50"])", R"(["c","b\""])",
                      R"(["b\"","a","c"])", R"(["2.50","12345678901234.05"])", "[2,3]", "[1,2]"},
                  Row{8, R"(["-3.00"])", R"(["-3.00"])", R"(["d"])", R"(["d"])", R"(["-3.00"])",
                      "[4]", std::monostate()}));
  EXPECT_EQ(run.rows("SELECT ordered ->> 1 FROM v WHERE account = 7")[0][0], Value("a"));
}

TEST(ListFold, ItsOrderMayBeThatOfItsValues) {
  KindRun run(plan("SELECT account, list(amount ORDER BY amount)[1:2] AS least, "
                   "array_agg(amount ORDER BY amount DESC NULLS FIRST)[:2] AS first_null, "
                   "list(amount ORDER BY amount DESC NULLS LAST)[1:2] AS largest, "
                   "(list(amount ORDER BY amount) FILTER (WHERE amount < 5))[-1:] AS most, "
                   "list_sum(list(amount ORDER BY amount)[-2:]) AS last_two "
                   "FROM t GROUP BY account"),
              payment_schema(client::Envelope::kPlain));
  run.apply(plain({payment(1, 7, "2.50", "a"), payment(2, 7, "9.00", "b"),
                   R"({"id":3,"account":7})", payment(4, 7, "4.00", "c")}));
  EXPECT_THAT(run.rows("SELECT * FROM v"),
              ElementsAre(Row{7, R"(["2.50","4.00"])", R"([null,"9.00"])", R"(["9.00","4.00"])",
                              R"(["4.00"])", "9.00"}));
}

TEST(ListFold, NullsAreOfAListButNotOfItsLargest) {
  KindRun run(plan("SELECT account, list(note)[1:3] AS notes, max(note, 3) AS largest, "
                   "arg_max(note, id, 3) AS newest FROM t GROUP BY account"),
              payment_schema(client::Envelope::kPlain));
  run.apply(plain({R"({"id":1,"account":7,"note":null})", R"({"id":2,"account":7,"note":"x"})",
                   R"({"id":3,"account":8})"}));
  EXPECT_THAT(run.rows("SELECT * FROM v ORDER BY account"),
              ElementsAre(Row{7, R"([null,"x"])", R"(["x"])", R"(["x"])"},
                          Row{8, "[null]", std::monostate(), std::monostate()}));
}

TEST(ListFold, ColumnsAreMadeOfListsAsDuckDbHasThem) {
  KindRun run(plan("SELECT account, list_sum(max(amount, 2)) AS both, len(list(id)[1:9]) AS n, "
                   "array_to_string(list(note)[1:2], '/') AS notes FROM t GROUP BY account "
                   "HAVING max(amount, 2)[1] > 5"),
              payment_schema(client::Envelope::kPlain));
  run.apply(plain({payment(1, 7, "2.50", "a"), payment(2, 7, "12345678901234.05", "b"),
                   payment(3, 8, "4.00", "c")}));
  EXPECT_THAT(run.rows("SELECT * FROM v"), ElementsAre(Row{7, "12345678901236.55", 2, "a/b"}));
}

TEST(ListFold, WhatIsTakenBackMakesRoomForWhatCameBefore) {
  KindRun run(plan(kLists), payment_schema(client::Envelope::kDebezium));
  const auto first = payment(1, 7, "9.00", "a");
  run.apply({change("1", "c", "null", first), change("2", "c", "null", payment(2, 7, "5.00", "b")),
             change("3", "c", "null", payment(3, 7, "1.00", "c")),
             change("1", "d", first, "null")});
  EXPECT_THAT(run.rows("SELECT * FROM v"),
              ElementsAre(Row{7, R"(["5.00","1.00"])", R"(["1.00","5.00"])", R"(["c","b"])",
                              R"(["b","c"])", R"(["5.00","1.00"])", "[2,3]", "[2,3]"}));
}

// Inserts, updates and deletions of a few rows.
std::vector<TestEvent> random_life(std::mt19937_64& random, int count) {
  std::map<int, std::string> table;
  std::vector<TestEvent> events;
  for (int i = 0; i < count; ++i) {
    const int id = static_cast<int>(random() % 6);
    const auto after = payment(id, static_cast<int>(random() % 3),
                               std::to_string(static_cast<int>(random() % 19) - 9) + ".50");
    const auto found = table.find(id);
    const bool is_new = found == table.end();
    const auto before = is_new ? "null" : found->second;
    const bool is_gone = !is_new && random() % 4 == 0;
    events.push_back(change(std::to_string(id),
                            is_new    ? "c"
                            : is_gone ? "d"
                                      : "u",
                            before, is_gone ? "null" : after));
    events.back().time_ms = 100 + i * 10 - static_cast<int>(random() % 30);
    if (is_gone) {
      table.erase(found);
    } else {
      table[id] = after;
    }
  }
  return events;
}

TEST(ListFold, IsTheSameHoweverEventsAreCut) {
  constexpr std::uint32_t kSeed = 5;
  std::mt19937_64 random(kSeed);
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  expect_same_however_cut([] { return plan(kLists); }, payment_schema(client::Envelope::kDebezium),
                          random_life(random, 30), "SELECT * FROM v ORDER BY account");
  std::vector<TestEvent> events;
  for (int i = 0; i < 30; ++i) {
    events.push_back({std::to_string(i),
                      payment(i, static_cast<int>(random() % 3),
                              std::to_string(static_cast<int>(random() % 20)) + ".25"),
                      static_cast<std::int64_t>(1000 + random() % 20),
                      static_cast<std::int32_t>(random() % 2)});
  }
  expect_same_however_cut([] { return plan(kLists); }, payment_schema(client::Envelope::kPlain),
                          events, "SELECT * FROM v ORDER BY account");
}

// What a group keeps is bounded by its lists, not by its events.
TEST(ListFold, KeepsNoMoreRowsThanTheBound) {
  KindRun run(plan("SELECT account, list(id ORDER BY amount)[1:3] AS ids FROM t GROUP BY account"),
              payment_schema(client::Envelope::kPlain));
  std::vector<TestEvent> events;
  for (int i = 0; i < 100; ++i) {
    events.push_back({"k", payment(i, i % 2, std::to_string(i * 37 % 100) + ".00"), i + 1});
  }
  run.apply(events, 7);
  EXPECT_THAT(run.rows("SELECT count(*) FROM daybook_side_0"), ElementsAre(Row{6}));
}

}  // namespace
}  // namespace daybook::views::table
