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

std::string refusal(const std::string& sql, const std::vector<std::string>& key = {"account_id"}) {
  const auto planned = plan(sql, key);
  return planned ? "it was planned as " + planned->partial_sql : planned.error()[0].message;
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

TEST(FoldPlan, WhatCannotBeFoldedIsRefusedByName) {
  const std::string grouped = " FROM tx GROUP BY account_id";
  const std::pair<std::string, std::string> cases[] = {
      {"SELECT account_id, sum(amount) s" + grouped + " HAVING sum(amount) > 1", "HAVING"},
      {"SELECT account_id, sum(amount) s" + grouped + " ORDER BY 2", "ORDER BY"},
      {"SELECT account_id, sum(amount) s" + grouped + " LIMIT 3", "LIMIT"},
      {"SELECT DISTINCT account_id FROM tx", "DISTINCT"},
      {"SELECT account_id, median(amount) m" + grouped, "median cannot be folded"},
      {"SELECT account_id, count(DISTINCT city) n" + grouped, "count(DISTINCT"},
      {"SELECT account_id, sum(amount) * 2 AS s" + grouped, "sum inside an expression"},
      {"SELECT account_id, city" + grouped, "column city is neither"},
      {"SELECT sum(amount) s" + grouped, "GROUP BY account_id must be selected"},
      {"SELECT account_id, sum(amount) s FROM tx", "aggregates need GROUP BY"},
      {"SELECT account_id, sum(amount) OVER () s FROM tx", "window functions"},
      {"SELECT account_id, max(paid_at) FILTER (WHERE paid_at < now()) m" + grouped, "now()"},
      {"SELECT account_id, max(paid_at) FILTER (WHERE paid_at < current_date) m" + grouped,
       "current_date"},
      {"SELECT account_id, count(*) n FROM tx WHERE id IN (SELECT 1) GROUP BY 1", "subquery"},
      {"SELECT account_id, count(*) n FROM tx JOIN tx b USING (id) GROUP BY 1", "join"},
      {"SELECT account_id, count(*) n FROM read_csv('/etc/passwd') GROUP BY 1", "FROM must be"},
      {"SELECT account_id, count(*) n FROM other GROUP BY 1", "found other"},
      {"WITH q AS (SELECT 1) SELECT account_id, count(*) n" + grouped, "WITH"},
      {"SELECT account_id, count(*) n FROM tx GROUP BY ROLLUP (account_id)", "ROLLUP"},
      {"SELECT 1 UNION SELECT 2", "UNION"},
      {"SELECT 1; SELECT 2", "exactly one SELECT"},
      {"DROP TABLE tx", "not one SELECT"},
      {"SELECT account_id FRM tx", "syntax error"},
      {"SELECT account_id, sum(amuont) s" + grouped, "amuont"},
      {"SELECT account_id, sum(city) s" + grouped, "sum(VARCHAR)"},
      {"SELECT account_id, count(*), count(*)" + grouped, "two columns are named"},
      {"SELECT city, count(*) n FROM tx GROUP BY city", "key account_id is not selected"},
      {"SELECT count(*) AS account_id, city FROM tx GROUP BY city", "must be in GROUP BY"},
      {"SELECT account_id, max([amount]) m" + grouped, "cast it"},
  };
  for (const auto& [sql, reason] : cases) EXPECT_THAT(refusal(sql), HasSubstr(reason)) << sql;
}

TEST(FoldPlan, UnknownColumnsAreNoFaultWhileTheSchemaIsUnknown) {
  auto engine = Engine::open().value();
  EXPECT_THAT(check_fold(*engine, "SELECT k, sum(x) AS s FROM t GROUP BY k", "t", {"k"}),
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
