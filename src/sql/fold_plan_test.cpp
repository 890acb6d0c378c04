#include "sql/fold_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace daybook::sql {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

InputSchema payments(bool is_change = false) {
  return {"bank.card_tx",
          is_change,
          {{"id", {TypeId::kBigint}, true},
           {"account_id", {TypeId::kBigint}},
           {"amount", {TypeId::kDecimal, 18, 2}},
           {"city", {TypeId::kVarchar}},
           {"paid_at", {TypeId::kTimestamp}}}};
}

std::expected<FoldPlan, Faults> plan(const std::string& sql, const std::vector<std::string>& key,
                                     bool is_change = false) {
  auto engine = Engine::open().value();
  EXPECT_TRUE(engine->set_input("tx", payments(is_change)));
  return plan_fold(*engine, sql, "tx", payments(is_change), key);
}

TEST(FoldPlan, GroupsAndAggregatesBecomeColumnsWithTheirTypes) {
  const auto planned = plan(
      "SELECT account_id, sum(amount) AS balance, count(*) AS entries, avg(amount) AS mean, "
      "max(paid_at) AS last_at, last(city) AS city FROM tx GROUP BY account_id",
      {"account_id"});
  ASSERT_TRUE(planned) << planned.error()[0].message;
  std::vector<std::string> columns;
  for (const auto& column : planned->columns) {
    columns.push_back(column.name + " " + to_text(column.type));
  }
  EXPECT_THAT(columns,
              testing::ElementsAre("account_id BIGINT", "balance DECIMAL(38,2)", "entries BIGINT",
                                   "mean DOUBLE", "last_at TIMESTAMP", "city VARCHAR"));
  EXPECT_THAT(planned->sides, IsEmpty());
  EXPECT_FALSE(planned->retracts);
}

TEST(FoldPlan, ChangesKeepValuesOnlyForWhatCannotBeSubtracted) {
  const auto planned = plan(
      "SELECT account_id, sum(amount) s, min(amount) lo, max(amount) hi, last(city) c, first(city) "
      "f, max(paid_at) p FROM tx GROUP BY account_id",
      {"account_id"}, true);
  ASSERT_TRUE(planned) << planned.error()[0].message;
  EXPECT_TRUE(planned->retracts);
  // amount's values, city's rows, paid_at's values
  EXPECT_THAT(planned->sides, SizeIs(3));
}

TEST(FoldPlan, GroupsAreFoundByExpressionAliasPlaceAndAll) {
  for (const auto* sql :
       {"SELECT upper(city) AS town, count(*) AS n FROM tx GROUP BY upper(city)",
        "SELECT upper(city) AS town, count(*) AS n FROM tx GROUP BY town",
        "SELECT upper(city) AS town, count(*) AS n FROM tx GROUP BY 1",
        "SELECT upper(city) AS town, count(*) AS n FROM tx GROUP BY ALL",
        "SELECT upper(t.city) AS town, count(*) AS n FROM tx t GROUP BY UPPER(city)"}) {
    const auto planned = plan(sql, {"town"});
    ASSERT_TRUE(planned) << sql << ": " << planned.error()[0].message;
    EXPECT_THAT(planned->groups, SizeIs(1)) << sql;
  }
}

TEST(FoldPlan, OneRowOverEverythingGroupsByAConstant) {
  const auto planned = plan("SELECT 'all' AS id, sum(amount) AS total FROM tx GROUP BY id", {"id"});
  // The input has a column id, so GROUP BY id means that one, as in DuckDB.
  EXPECT_FALSE(planned);
  const auto other =
      plan("SELECT 'all' AS name, sum(amount) AS total FROM tx GROUP BY name", {"name"});
  EXPECT_TRUE(other) << other.error()[0].message;
}

TEST(FoldPlan, WithoutGroupByTheLatestRowPerKeyIsKept) {
  const auto planned = plan("SELECT * EXCLUDE (city) FROM tx WHERE amount > 0", {"id"}, true);
  ASSERT_TRUE(planned) << planned.error()[0].message;
  EXPECT_EQ(planned->mode, FoldPlan::Mode::kLatest);
  EXPECT_THAT(planned->columns, SizeIs(4));
}

TEST(FoldPlan, TheKeyOfCapturedRowsMustBeInTheKeyOfTheLatestRows) {
  const auto planned = plan("SELECT account_id, city FROM tx", {"account_id"}, true);
  ASSERT_FALSE(planned);
  EXPECT_THAT(planned.error()[0].message, HasSubstr("the key must contain id"));
}

TEST(FoldPlan, ColumnsThatAreMadeOfAggregatesHaveDuckDbsTypes) {
  const auto planned = plan(
      "SELECT account_id, sum(amount) AS total, total / count(*) AS mean, "
      "CASE WHEN max(amount) > 100 THEN 'large' ELSE 'small' END AS size, "
      "round(sum(amount) * 1.19, 1) AS taxed, max(paid_at)::DATE AS day, 'eur' AS unit "
      "FROM tx GROUP BY account_id HAVING count(*) > 1 AND total IS NOT NULL",
      {"account_id"});
  ASSERT_TRUE(planned) << planned.error()[0].message;
  std::vector<std::string> types;
  for (const auto& column : planned->columns) types.push_back(to_text(column.type));
  EXPECT_THAT(types, testing::ElementsAre("BIGINT", "DECIMAL(38,2)", "DOUBLE", "VARCHAR",
                                          "DECIMAL(38,1)", "DATE", "VARCHAR"));
  EXPECT_TRUE(planned->has_having);
  // sum(amount) is one aggregate, wherever it stands; then come count(*), and max of both columns.
  EXPECT_THAT(planned->aggregates, SizeIs(4));
}

TEST(FoldPlan, WhatNeedsNoComputationHasNone) {
  const auto planned =
      plan("SELECT account_id, sum(amount) AS s FROM tx GROUP BY account_id", {"account_id"});
  EXPECT_EQ(planned->finish_sql, "");
}

TEST(FoldPlan, ChosenRowsWithAnOrderKeepWhatTheySortBy) {
  const auto planned = plan(
      "SELECT account_id, arg_max(city, amount) AS a, last(city ORDER BY paid_at, id) AS l, "
      "any_value(city) AS v FROM tx GROUP BY account_id",
      {"account_id"});
  ASSERT_TRUE(planned) << planned.error()[0].message;
  EXPECT_NE(planned->aggregates[0].by, kNone);
  EXPECT_NE(planned->aggregates[1].by, kNone);
  EXPECT_EQ(planned->aggregates[2].by, kNone);
  EXPECT_THAT(planned->sides, IsEmpty());
}

TEST(FoldPlan, ListsThatHaveABoundAreJson) {
  const std::string sql =
      "SELECT account_id, max(amount, 3) AS top, list(city ORDER BY paid_at)[-5:] AS cities, "
      "len(max(amount, 3)) AS n FROM tx GROUP BY account_id";
  for (const bool is_change : {false, true}) {
    const auto planned = plan(sql, {"account_id"}, is_change);
    ASSERT_TRUE(planned) << planned.error()[0].message;
    EXPECT_EQ(to_text(planned->columns[1].type), "JSON");
    EXPECT_EQ(to_text(planned->columns[3].type), "BIGINT");
    ASSERT_THAT(planned->aggregates, SizeIs(2));
    EXPECT_EQ(to_text(planned->aggregates[0].state_type), "DECIMAL(18,2)");
    EXPECT_EQ(planned->aggregates[1].bound, 5);
    EXPECT_TRUE(planned->aggregates[1].from_end);
    EXPECT_EQ(planned->sides[0].kind,
              is_change ? SideQuery::Kind::kOrderedRows : SideQuery::Kind::kTopRows);
  }
  // Over changes the rows that a list is chosen from are those of every other in the same order.
  const auto shared = plan(
      "SELECT account_id, list(city)[1:3] AS a, list(city)[-9:] AS b, first(city) AS c FROM tx "
      "GROUP BY account_id",
      {"account_id"}, true);
  EXPECT_THAT(shared->sides, SizeIs(1));
  const auto other = plan(
      "SELECT account_id, list(city)[1:4] AS a, list(city)[-9:] AS b, "
      "first(city) AS c FROM tx GROUP BY account_id",
      {"account_id"}, true);
  EXPECT_NE(shared->fingerprint, other->fingerprint);
}

TEST(FoldPlan, UnknownColumnsAreNoFaultWhileTheSchemaIsUnknown) {
  auto engine = Engine::open().value();
  EXPECT_THAT(check_fold(*engine, "SELECT k, sum(x) AS s FROM t GROUP BY k", "t", {"k"}),
              IsEmpty());
  EXPECT_THAT(check_fold(*engine,
                         "SELECT k, sum(x) AS x, x / 2 AS half, max(x) AS m FROM t WHERE x > 0 "
                         "GROUP BY k HAVING half > 3",
                         "t", {"k"}),
              IsEmpty());
  EXPECT_THAT(check_fold(*engine, "SELECT * FROM t", "t", {"k"}), IsEmpty());
  EXPECT_THAT(check_fold(*engine, "SELECT k, median(x) AS s FROM t GROUP BY k", "t", {"j"}),
              SizeIs(2));
}

TEST(FoldPlan, TheFingerprintIsOfTheMeaningNotOfTheText) {
  const auto a =
      plan("SELECT account_id, sum(amount) AS s FROM tx GROUP BY account_id", {"account_id"});
  const auto b = plan("select account_id,\n sum( amount ) s from tx group by 1", {"account_id"});
  const auto c =
      plan("SELECT account_id, sum(-amount) AS s FROM tx GROUP BY account_id", {"account_id"});
  EXPECT_EQ(a->fingerprint, b->fingerprint);
  EXPECT_NE(a->fingerprint, c->fingerprint);
}

}  // namespace
}  // namespace daybook::sql
