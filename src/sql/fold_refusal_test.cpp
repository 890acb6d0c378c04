// The list of what a view's SQL cannot be: each is refused by name, with the reason and with what
// to write instead. docs/app-file.md tells users of it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sql/fold_plan.h"

namespace daybook::sql {
namespace {

using testing::HasSubstr;

InputSchema payments() {
  return {"bank.card_tx",
          false,
          {{"id", {TypeId::kBigint}, true},
           {"account_id", {TypeId::kBigint}},
           {"amount", {TypeId::kDecimal, 18, 2}},
           {"city", {TypeId::kVarchar}},
           {"paid_at", {TypeId::kTimestamp}}}};
}

class FoldRefusal : public testing::Test {
 protected:
  FoldRefusal() : engine_(Engine::open().value()) {
    EXPECT_TRUE(engine_->set_input("tx", payments()));
  }

  std::string refusal(const std::string& sql) {
    const auto planned = plan_fold(*engine_, sql, "tx", payments(), {"account_id"});
    if (planned) return "it was planned as " + planned->partial_sql;
    std::string all;
    for (const auto& fault : planned.error()) all += fault.message + "\n";
    return all;
  }

  // Of an aggregate, which must name it, say why, and what to do.
  void expect_refused(const std::string& aggregate, const std::string& reason,
                      const std::string& instead) {
    const auto sql = "SELECT account_id, " + aggregate + " AS a FROM tx GROUP BY account_id";
    const auto message = refusal(sql);
    EXPECT_THAT(message, HasSubstr("cannot be folded")) << sql;
    EXPECT_THAT(message, HasSubstr(aggregate.substr(0, aggregate.find('(')))) << sql;
    EXPECT_THAT(message, HasSubstr(reason)) << sql;
    EXPECT_THAT(message, HasSubstr(instead)) << sql;
  }

  std::unique_ptr<Engine> engine_;
};

TEST_F(FoldRefusal, AggregatesThatNeedEveryValue) {
  for (const auto* aggregate : {"median(amount)", "quantile(amount, 0.5)",
                                "quantile_cont(amount, 0.5)", "quantile_disc(amount, 0.5)",
                                "approx_quantile(amount, 0.5)", "mode(city)", "mad(amount)"}) {
    expect_refused(aggregate, "needs every value", "GROUP BY");
  }
  for (const auto* aggregate : {"entropy(city)", "histogram(city)", "approx_top_k(city, 3)"}) {
    expect_refused(aggregate, "needs every value", "grouped by the value");
  }
}

TEST_F(FoldRefusal, AggregatesOfDistinctValues) {
  expect_refused("count(DISTINCT city)", "every value", "count its rows");
  for (const auto* aggregate :
       {"sum(DISTINCT amount)", "avg(DISTINCT amount)", "min(DISTINCT amount)"}) {
    expect_refused(aggregate, "every value", "grouped by the value");
  }
}

TEST_F(FoldRefusal, EstimatesOfWhatMayBeTakenBack) {
  auto schema = payments();
  schema.is_change = true;
  auto engine = Engine::open().value();
  ASSERT_TRUE(engine->set_input("tx", schema));
  const auto planned = plan_fold(
      *engine, "SELECT account_id, approx_count_distinct(city) AS a FROM tx GROUP BY account_id",
      "tx", schema, {"account_id"});
  ASSERT_FALSE(planned);
  EXPECT_THAT(planned.error()[0].message,
              testing::AllOf(HasSubstr("approx_count_distinct cannot be folded"),
                             HasSubstr("captured table"), HasSubstr("cannot take a row back"),
                             HasSubstr("grouped by the value")));
  EXPECT_THAT(
      refusal("SELECT account_id, approx_count_distinct(DISTINCT city) a FROM tx GROUP BY 1"),
      HasSubstr("cannot be folded"));
}

TEST_F(FoldRefusal, AggregatesThatGrowWithEveryEvent) {
  for (const auto* aggregate : {"list(city)", "array_agg(city ORDER BY id)",
                                "string_agg(city, ',')", "group_concat(city)"}) {
    expect_refused(aggregate, "grow", "keep the rows in a view");
    expect_refused(aggregate, "grow", "[1:100]");
  }
  EXPECT_THAT(refusal("SELECT account_id, list_slice(list(city), 1, 3) a FROM tx GROUP BY 1"),
              HasSubstr("list(...)[1:100]"));
}

TEST_F(FoldRefusal, ListsWhoseBoundIsNoNumber) {
  for (const auto* slice : {"[2:3]", "[1:]", "[:]", "[1:0]", "[1:1001]", "[-1001:]", "[0:3]",
                            "[1:id]", "[1:4:2]", "[-9223372036854775808:]", "[1:-1]", "[-3:-1]"}) {
    expect_refused(std::string("list(city)") + slice, "n written as a number from 1 to 1000",
                   "list(...)[1:n]");
  }
  for (const auto* aggregate : {"max(amount, 0)", "min(amount, 1001)", "max(amount, id)",
                                "arg_max(city, amount, 1 + 1)", "max(amount, NULL)"}) {
    expect_refused(aggregate, "how many values", "a number from 1 to 1000");
  }
  expect_refused("list(DISTINCT city)[1:3]", "every value", "grouped by the value");
  expect_refused("arg_max(city, amount, 3 ORDER BY id)", "order", "second argument");
  expect_refused("max(amount, 3 ORDER BY id)", "order", "the values themselves");
}

TEST_F(FoldRefusal, AggregatesThatAreMadeOfOthers) {
  expect_refused("corr(amount, id)", "made of sums", "sum(x * y)");
  expect_refused("covar_pop(amount, id)", "made of sums", "sum(x * y)");
  expect_refused("regr_slope(amount, id)", "made of sums", "sum(x * y)");
  expect_refused("skewness(amount)", "made of sums", "count(*)");
  expect_refused("kurtosis(amount)", "made of sums", "count(*)");
  expect_refused("product(amount)", "cannot take a row back", "sum(ln(x))");
  expect_refused("geomean(amount)", "cannot take a row back", "sum(ln(x))");
  expect_refused("wavg(amount, id)", "", "sum(x * weight)");
  expect_refused("fsum(amount)", "exact", "write those");
  expect_refused("bit_and(id)", "taken back", "bool_and");
  expect_refused("bit_xor(id)", "taken back", "bool_and");
  expect_refused("max(amount, 3, 4)", "with 3 arguments", "write max(value)");
  expect_refused("bool_or(amount > 3, 3)", "with 2 arguments", "write bool_or(value)");
  expect_refused("arg_max(city, amount, 3, 4)", "with 4 arguments", "arg_max(value, order)");
  expect_refused("arg_max(city, amount ORDER BY id)", "order", "second argument");
}

TEST_F(FoldRefusal, ClausesAndInputs) {
  const std::string grouped = " FROM tx GROUP BY account_id";
  const std::pair<std::string, std::string> cases[] = {
      {"SELECT account_id, sum(amount) s" + grouped + " ORDER BY 2", "ORDER BY"},
      {"SELECT account_id, sum(amount) s" + grouped + " LIMIT 3", "LIMIT"},
      {"SELECT account_id, sum(amount) s" + grouped + " QUALIFY true", "QUALIFY"},
      {"SELECT account_id, sum(amount) s FROM tx TABLESAMPLE 10% GROUP BY 1", "sample"},
      {"SELECT DISTINCT account_id FROM tx", "DISTINCT"},
      {"SELECT account_id, city FROM tx HAVING city = 'x'", "HAVING needs GROUP BY"},
      {"SELECT account_id, city" + grouped, "city is neither"},
      {"SELECT account_id, sum(amount) + id AS s" + grouped, "id is neither"},
      {"SELECT account_id, count(*) n" + grouped + " HAVING city = 'x'", "city is neither"},
      {"SELECT sum(amount) s" + grouped, "GROUP BY account_id must be selected"},
      {"SELECT account_id, sum(amount) s FROM tx", "aggregates need GROUP BY"},
      {"SELECT account_id, count(*) n FROM tx WHERE sum(amount) > 1 GROUP BY 1", "HAVING"},
      {"SELECT account_id, sum(count(*)) n" + grouped, "aggregate inside one"},
      {"SELECT account_id, count(*) n FROM tx WHERE list(id)[1:2] = [1] GROUP BY 1", "HAVING"},
      {"SELECT account_id, max(list(id)[1:2]) n" + grouped, "list would be an aggregate inside"},
      {"SELECT account_id, list(now())[1:2] n" + grouped, "now()"},
      {"SELECT account_id, list([id])[1:2] n" + grouped, "cast it"},
      {"SELECT account_id, list(id)[1:2] || [1] AS n" + grouped, "cast it"},
      {"SELECT account_id, sum(amount) OVER () s FROM tx", "window functions"},
      {"SELECT account_id, sum(sum(amount)) OVER () s" + grouped, "window functions"},
      {"SELECT account_id, max(paid_at) FILTER (WHERE paid_at < now()) m" + grouped, "now()"},
      {"SELECT account_id, max(paid_at) - now() m" + grouped, "now()"},
      {"SELECT account_id, count(*) n" + grouped + " HAVING random() < 0.5", "random()"},
      {"SELECT account_id, max(paid_at) FILTER (WHERE paid_at < current_date) m" + grouped,
       "current_date"},
      {"SELECT account_id, count(*) n FROM tx WHERE id IN (SELECT 1) GROUP BY 1", "subquery"},
      {"SELECT account_id, (SELECT 1) + count(*) n" + grouped, "subquery"},
      {"SELECT account_id, count(*) n" + grouped + " HAVING count(*) > (SELECT 1)", "subquery"},
      {"SELECT account_id, count(*) n FROM tx JOIN tx b USING (id) GROUP BY 1", "join"},
      {"SELECT account_id, count(*) n FROM (SELECT * FROM tx) GROUP BY 1", "subquery in FROM"},
      {"SELECT account_id, count(*) n FROM read_csv('/etc/passwd') GROUP BY 1", "FROM must be"},
      {"SELECT account_id, count(*) n FROM other GROUP BY 1", "found other"},
      {"WITH q AS (SELECT 1) SELECT account_id, count(*) n" + grouped, "WITH"},
      {"SELECT account_id, count(*) n FROM tx GROUP BY ROLLUP (account_id)", "ROLLUP"},
      {"SELECT account_id, unnest([1, 2]) AS u FROM tx", "several rows of one"},
      {"SELECT 1 UNION SELECT 2", "UNION"},
      {"SELECT 1; SELECT 2", "exactly one SELECT"},
      {"DROP TABLE tx", "not one SELECT"},
      {"SELECT account_id FRM tx", "syntax error"},
      {"SELECT account_id, no_such(sum(amount)) s" + grouped, "no function no_such"},
      {"SELECT account_id, sum(amuont) s" + grouped, "amuont"},
      {"SELECT account_id, sum(city) s" + grouped, "sum(VARCHAR)"},
      {"SELECT account_id, avg(paid_at) a" + grouped, "only avg of numbers"},
      {"SELECT account_id, count(*), count(*)" + grouped, "two columns are named"},
      {"SELECT city, count(*) n FROM tx GROUP BY city", "key account_id is not selected"},
      {"SELECT count(*) AS account_id, city FROM tx GROUP BY city", "must be in GROUP BY"},
      {"SELECT account_id, max([amount]) m" + grouped, "cast it"},
      {"SELECT account_id, [count(*)] m" + grouped, "cast it"},
  };
  for (const auto& [sql, reason] : cases) EXPECT_THAT(refusal(sql), HasSubstr(reason)) << sql;
}

}  // namespace
}  // namespace daybook::sql
