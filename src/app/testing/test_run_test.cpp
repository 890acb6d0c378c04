#include "app/testing/test_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace daybook::app {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kApp = R"yaml(app: bank
topics:
  bank.card_tx: {columns: {id: BIGINT, card: VARCHAR, amount: "DECIMAL(18,2)"}}
processors:
  alerts:
    from: {c: bank.checked}
    sql: SELECT id, 'large' AS why FROM c WHERE is_large
    to: bank.alerts
  check:
    from: {tx: bank.card_tx}
    sql: SELECT id, card AS _key, amount, amount > 1000 AS is_large FROM tx
    to: bank.checked
views:
  spent:
    from: {c: bank.checked}
    table: {key: is_large, sql: "SELECT is_large, sum(amount) AS spent FROM c GROUP BY is_large"}
tests:
)yaml";

std::vector<TestOutcome> run(const std::string& tests) {
  const auto none = [](const std::string&) { return std::nullopt; };
  const auto app = parse_app_file(kApp + tests, "/srv", none);
  EXPECT_TRUE(app) << to_string(app.error().front(), "app.yaml");
  return run_tests(*app);
}

TEST(TestRun, WhatIsGivenGoesThroughTheChainAndIntoTheViews) {
  const auto outcomes = run(R"yaml(
  chain:
    given:
      bank.card_tx:
        - {id: 1, card: a, amount: 5, _key: k, _timestamp: "2026-01-02 03:04:05"}
        - {id: 2, card: b, amount: "2000.50"}
        - not json
    expect:
      bank.checked:
        - {id: 1, _key: a, amount: 5.00, is_large: false, _timestamp: "2026-01-02 03:04:05"}
        - {id: 2, _key: b, amount: "2000.50"}
      bank.alerts:
        - {id: 2, why: large}
      bank.card_tx.rejected:
        - {_value: not json}
      spent:
        - {is_large: 1, spent: 2000.50}
        - {is_large: 0, spent: 5}
)yaml");
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_EQ(outcomes[0].name, "chain");
  EXPECT_EQ(outcomes[0].difference, "");
}

TEST(TestRun, WhatDiffersIsShownRowByRow) {
  const auto outcomes = run(R"yaml(
  wrong:
    given:
      bank.card_tx: [{id: 1, amount: 1}, {id: 2, amount: 2}, {id: 3, amount: 3}]
    expect:
      bank.checked: [{id: 1}, {id: 3}, {id: 4}]
      bank.alerts: []
)yaml");
  EXPECT_EQ(outcomes[0].difference,
            "topic bank.checked\n"
            "  {\"id\":1}\n"
            "+ {\"id\":2,\"amount\":\"2.00\",\"is_large\":false}\n"
            "  {\"id\":3}\n"
            "- {\"id\":4}\n");
}

TEST(TestRun, WhatCannotBeGivenIsSaid) {
  const auto outcomes = run(R"yaml(
  given:
    given: {bank.card_tx: [{id: 1, _timestamp: soon}]}
    expect: {bank.checked: []}
)yaml");
  EXPECT_THAT(outcomes[0].difference, HasSubstr("given bank.card_tx: _timestamp must be a time"));
}

TEST(TestRun, ViewsThatRowsAreLookedUpInAreCompleteFirst) {
  const auto none = [](const std::string&) { return std::nullopt; };
  const auto app = parse_app_file(R"yaml(app: bank
topics:
  bank.card_tx: {columns: {id: BIGINT, card: VARCHAR}}
  bank.card: {columns: {card: VARCHAR, owner: VARCHAR}}
processors:
  enrich:
    from: {tx: bank.card_tx}
    lookup: {holders: {view: holders, by: card}}
    sql: SELECT id, card, holders.owner FROM tx
    to: bank.enriched
  clean: {from: {c: bank.card}, sql: "SELECT card, upper(owner) AS owner FROM c", to: bank.clean}
views:
  holders: {from: {c: bank.clean}, table: {key: card, sql: "SELECT card, owner FROM c"}}
tests:
  enriched:
    given:
      bank.card_tx: [{id: 1, card: a}, {id: 2, card: b}]
      bank.card: [{card: a, owner: ann}]
    expect:
      bank.enriched: [{id: 1, owner: ANN}, {id: 2, owner: null}]
      holders: [{card: a, owner: ANN}]
  no_rows:
    given: {bank.card_tx: [{id: 1, card: a}]}
    expect: {bank.enriched: [{id: 1, owner: null}]}
)yaml",
                                  "/srv", none);
  ASSERT_TRUE(app) << to_string(app.error().front(), "app.yaml");
  for (const auto& outcome : run_tests(*app)) EXPECT_EQ(outcome.difference, "") << outcome.name;
}

TEST(TestRun, WindowsCloseByTheTimesOfWhatIsGiven) {
  const auto none = [](const std::string&) { return std::nullopt; };
  const auto app = parse_app_file(R"yaml(app: bank
topics:
  bank.card_tx: {columns: {id: BIGINT, card: VARCHAR}}
processors:
  hours:
    from: {tx: bank.card_tx}
    window: {tumbling: 1h, by: card, late: 1m}
    sql: SELECT card, count(*) AS n, _window_start FROM tx GROUP BY card
    to: bank.hours
tests:
  hours:
    given:
      bank.card_tx:
        - {id: 1, card: a, _timestamp: "2026-01-02 03:04:05"}
        - {id: 2, card: a, _timestamp: "2026-01-02 04:00:59"}
        - {id: 3, card: a, _timestamp: "2026-01-02 03:59:59"}
        - {id: 4, card: b, _timestamp: "2026-01-02 04:01:00"}
        - {id: 5, card: a, _timestamp: "2026-01-02 03:59:59"}
    expect:
      bank.hours:
        - {card: a, n: 2, _key: a, _timestamp: "2026-01-02 03:59:59.999000"}
      bank.card_tx.rejected: [{id: 5}]
)yaml",
                                  "/srv", none);
  ASSERT_TRUE(app) << to_string(app.error().front(), "app.yaml");
  for (const auto& outcome : run_tests(*app)) EXPECT_EQ(outcome.difference, "") << outcome.name;
}

constexpr const char* kCaptured = R"yaml(app: bank
sources:
  core:
    postgres:
      dsn: dbname=bank
      tables: [public.card, public.shop]
      test_columns:
        public.card: {id: bigint primary key, owner: text, opened: timestamptz, due: "numeric(8,2)"}
    topic: "bank.{table}"
processors:
  changes:
    from: {c: bank.card}
    sql: SELECT id, owner, _sign AS sign FROM c
    to: bank.changes
views:
  dues:
    from: {c: bank.card}
    table:
      key: owner
      sql: SELECT owner, sum(due) AS due, max(opened) AS last FROM c GROUP BY owner
  shops: {from: {s: bank.shop}, table: {key: id, sql: "SELECT id FROM s"}}
tests:
)yaml";

std::vector<TestOutcome> run_captured(const std::string& tests) {
  const auto none = [](const std::string&) { return std::nullopt; };
  const auto app = parse_app_file(kCaptured + tests, "/srv", none, Purpose::kTests);
  EXPECT_TRUE(app) << to_string(app.error().front(), "app.yaml");
  return run_tests(*app);
}

TEST(TestRun, ChangesOfCapturedTablesAreGivenAsTheyHappen) {
  const auto outcomes = run_captured(R"yaml(
  cards:
    given:
      bank.card:
        - {id: 1, owner: ann, opened: "2026-01-02 03:04:05", due: 10}
        - insert: {id: 2, owner: bob, due: 2.50}
          _timestamp: "2026-02-01 00:00:00"
        - {update: {id: 1}, set: {owner: bob}}
        - delete: {id: 2}
    expect:
      bank.changes:
        - {id: 1, owner: ann, sign: 1, _timestamp: "2026-01-01 00:00:00"}
        - {id: 2, owner: bob, sign: 1, _timestamp: "2026-02-01 00:00:00"}
        - {id: 1, owner: ann, sign: -1}
        - {id: 1, owner: bob, sign: 1}
        - {id: 2, owner: bob, sign: -1}
      dues: [{owner: bob, due: 10, last: "2026-01-02 03:04:05+00"}]
)yaml");
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_EQ(outcomes[0].difference, "");
}

TEST(TestRun, AChangeThatCannotBeIsSaidWithItsPlace) {
  const auto outcomes = run_captured(R"yaml(
  wrong:
    given: {bank.card: [{id: 1}, {insert: {id: 2, onwer: ann}}]}
    expect: {dues: []}
  key:
    given: {bank.card: [{id: 1, _key: a}]}
    expect: {dues: []}
  unknown:
    given: {bank.shop: [{id: 1}]}
    expect: {shops: []}
)yaml");
  EXPECT_THAT(outcomes[0].difference,
              HasSubstr("given bank.card (line 25), number 2: table public.card has no column "
                        "\"onwer\": it has id, owner, opened, due"));
  EXPECT_THAT(outcomes[1].difference, HasSubstr("only _timestamp can be written"));
  EXPECT_THAT(outcomes[2].difference, HasSubstr("the columns of topic bank.shop (line 31) are not "
                                                "known: write those of its table into "
                                                "\"test_columns\" of its source"));
}

TEST(TestRun, OneTestDoesNotSeeTheOther) {
  const std::string one = R"(
    given: {bank.card_tx: [{id: 1, amount: 1}]}
    expect: {bank.checked: [{id: 1}]}
)";
  for (const auto& outcome : run("  a:" + one + "  b:" + one)) {
    EXPECT_THAT(outcome.difference, IsEmpty());
  }
}

}  // namespace
}  // namespace daybook::app
