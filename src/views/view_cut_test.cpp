// The same events, in batches of 1, 7, 1,000 and 50,000: the rows of a view are the same.

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "views/kinds/document/document_plan.h"
#include "views/kinds/table/table_plan.h"
#include "views/kinds/wide/wide_plan.h"
#include "views/testing/kind_run.h"

namespace daybook::views {
namespace {

using testing::KindRun;
using testing::TestEvent;

const client::Schema kCutSchema{
    client::Envelope::kPlain,
    {{"id", "BIGINT"}, {"account", "BIGINT"}, {"amount", "DECIMAL(18,2)"}, {"at", "BIGINT"}}};

constexpr std::int64_t kManyEvents = 51'000;  // more than the largest batch
constexpr std::int64_t kSomeEvents = 2'500;   // where a batch of one event costs milliseconds

std::vector<TestEvent> some_payments(std::int64_t count) {
  std::mt19937 random(23);
  std::vector<TestEvent> events;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto account = random() % 500;
    const auto amount = random() % 1'000;
    const auto late = static_cast<std::int64_t>(random() % 50);
    events.push_back({.key = std::to_string(account),
                      .value = R"({"id":)" + std::to_string(i) + R"(,"account":)" +
                               std::to_string(account) + R"(,"amount":")" + std::to_string(amount) +
                               R"(.25","at":)" + std::to_string(amount % 20) + "}",
                      .time_ms = i - late,
                      .partition = static_cast<std::int32_t>(account % 3)});
  }
  return events;
}

void expect_same_rows(const std::shared_ptr<const ViewPlan>& plan, std::int64_t count) {
  const auto events = some_payments(count);
  std::vector<testing::Row> rows;
  for (const std::size_t cut : {50'000U, 1'000U, 7U, 1U}) {
    KindRun run(plan, kCutSchema);
    EXPECT_TRUE(run.apply(events, cut).empty());
    const auto found = run.rows("SELECT * FROM v ORDER BY 1, 2");
    if (cut == 50'000) rows = found;
    EXPECT_FALSE(found.empty());
    EXPECT_EQ(found, rows) << "batches of " << cut;
  }
}

TEST(ViewCut, DoesNotShowInATable) {
  expect_same_rows(
      table::make_table_plan(
          {"account"},
          "SELECT account, sum(amount) AS total, count(*) AS n, avg(amount) AS mean, min(amount) "
          "AS "
          "least, last(id) AS latest, first(id) AS earliest, list(id)[1:3] AS ids FROM t GROUP BY "
          "account"),
      kSomeEvents);
}

TEST(ViewCut, DoesNotShowInDocuments) {
  expect_same_rows(document::make_document_plan({.key = {"account"}, .index = {"amount"}}),
                   kManyEvents);
}

TEST(ViewCut, DoesNotShowInCells) {
  expect_same_rows(
      wide::make_wide_plan(
          {.row = "account", .columns = {{"f", "amount", "amount"}}, .timestamp = "at"}),
      kManyEvents);
}

}  // namespace
}  // namespace daybook::views
