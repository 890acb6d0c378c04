#include "views/view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "flow/position_text.h"
#include "views/kinds/document/document_plan.h"
#include "views/testing/view_fixture.h"

namespace daybook::views {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace views::testing;

TEST_F(ViewTest, ChangesAreFoldedAndTakenBack) {
  make_topic();
  publish(payments());
  write("1", change("c", "null", row(1, 7, "10.10")));
  write("2", change("c", "null", row(2, 7, "20.20")));
  write("3", change("c", "null", row(3, 8, "5.00")));
  write("2", change("u", row(2, 7, "20.20"), row(2, 7, "1.05")));
  write("3", change("d", row(3, 8, "5.00"), "null"));
  write("3", std::nullopt);
  const auto view = open();
  view->start();
  EXPECT_THAT(rows(*view, "SELECT * FROM balances"),
              ElementsAre(Row{std::int64_t{7}, "11.15", std::int64_t{2}, "10.10"}));
  EXPECT_EQ(view->status().rows, 1);
}

TEST_F(ViewTest, HeadersAreColumnsOfItsSql) {
  make_topic();
  publish(payments(client::Envelope::kPlain));
  write("1", row(1, 7, "10.10"), 0, {{"channel", "web"}, {"note", std::nullopt}});
  write("2", row(2, 7, "0.90"), 0, {{"channel", "web"}});
  write("3", row(3, 7, "5.00"));
  const auto view = open(
      "SELECT coalesce(_headers->>'channel', 'none') AS channel, sum(amount) AS total "
      "FROM tx GROUP BY channel",
      {"channel"});
  view->start();
  EXPECT_THAT(rows(*view, "SELECT channel, total FROM balances ORDER BY channel"),
              ElementsAre(Row{"none", "5.00"}, Row{"web", "11.00"}));
}

TEST_F(ViewTest, ItWaitsForTheTopicAndForItsColumns) {
  const auto view = open();
  view->start();
  EXPECT_TRUE(
      eventually([&] { return view->status().detail == "waiting for topic bank.card_tx"; }));
  EXPECT_EQ(view->reader().find({"7"}, {}).error().code, ErrorCode::kUnavailable);
  make_topic();
  EXPECT_TRUE(eventually([&] {
    return view->status().detail.starts_with("waiting for the columns of topic bank.card_tx");
  }));
  publish(payments());
  write("1", change("c", "null", row(1, 7, "10.10")));
  EXPECT_THAT(rows(*view, "SELECT balance FROM balances"), ElementsAre(Row{"10.10"}));
}

TEST_F(ViewTest, ItIsBuiltOnceWhereColumnsComeAfterTheTopic) {
  make_topic();
  const auto view =
      open_view({"notes", "n", topic_, std::nullopt}, document::make_document_plan({.key = {"id"}}),
                {*log_, io::real_file_system(), io::real_clock(), folder_.path()})
          .value();
  view->start();
  EXPECT_TRUE(eventually([&] {
    return view->status().detail.starts_with("waiting for the columns of topic bank.card_tx");
  }));
  publish(payments());
  write("1", change("c", "null", row(1, 7, "10.10")));
  EXPECT_TRUE(eventually([&] { return view->status().rows == 1; }));
  EXPECT_EQ(view->status().version, 1);
}

TEST_F(ViewTest, ColumnsThatNobodySaysAreThoseOfTheFirstEvents) {
  make_topic();
  const auto view = open("SELECT account_id, sum(amount) AS balance FROM tx GROUP BY account_id");
  view->start();
  write("1", R"({"account_id":7,"amount":2})");
  EXPECT_THAT(rows(*view, "SELECT account_id, balance FROM balances"),
              ElementsAre(Row{std::int64_t{7}, std::int64_t{2}}));
  write("1", R"({"account_id":7,"amount":0.5})");
  EXPECT_THAT(rows(*view, "SELECT account_id, balance FROM balances"),
              ElementsAre(Row{std::int64_t{7}, "2.50"}));
  EXPECT_EQ(view->status().rejected, 0);
}

TEST_F(ViewTest, ARowIsFoundByItsKeyWithThePositionItIsOf) {
  make_topic(2);
  publish(payments());
  write("1", change("c", "null", row(1, 7, "10.10")), 0);
  write("2", change("c", "null", row(2, 8, "0.90")), 1);
  const auto view = open();
  view->start();
  ReadOptions options;
  options.min_position = end();
  options.wait_limit = kPatience;
  const auto answer = view->reader().find({"8"}, options);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_THAT(answer->rows, ElementsAre(Row{std::int64_t{8}, "0.90", std::int64_t{1}, "0.90"}));
  EXPECT_EQ(flow::to_text(answer->position), "bank.card_tx/0:1,bank.card_tx/1:1");
  EXPECT_EQ(answer->columns[1], (ResultColumn{"balance", "DECIMAL(38,2)", false}));
  EXPECT_TRUE(answer->columns[0].is_key);
  EXPECT_THAT(view->reader().find({"9"}, options)->rows, IsEmpty());
  EXPECT_THAT(rows(*view, "SELECT decimal_sum(balance) FROM balances"), ElementsAre(Row{"11.00"}));
  EXPECT_THAT(view->reader().find({"x"}, options).error().message, HasSubstr("is not a BIGINT"));
}

TEST_F(ViewTest, WaitingForAPositionThatDoesNotComeTimesOut) {
  make_topic();
  publish(payments());
  const auto view = open();
  view->start();
  ReadOptions options;
  options.min_position[{topic_, PartitionId{0}}] = Offset{5};
  options.wait_limit = std::chrono::milliseconds(20);
  const auto answer = view->reader().query("SELECT 1", options);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kTimedOut);
}

TEST_F(ViewTest, StoppingEndsTheWaitForAPosition) {
  make_topic();
  publish(payments());
  const auto view = open();
  view->start();
  ReadOptions options;
  options.min_position[{topic_, PartitionId{0}}] = Offset{5};
  options.wait_limit = 3 * kPatience;
  std::jthread stopping([&] { view->stop(); });
  const auto before = std::chrono::steady_clock::now();
  const auto answer = view->reader().query("SELECT 1", options);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(answer.error().message, HasSubstr("is stopped"));
  EXPECT_LT(std::chrono::steady_clock::now() - before, kPatience);
}

TEST_F(ViewTest, WhatCannotBeDecodedGoesToTheRejectedTopic) {
  make_topic();
  publish(payments());
  write("1", change("c", "null", row(1, 7, "10.10")));
  write("2", "no json");
  write("3", change("c", "null", row(1, 7, "1.234")));
  write("4", change("u", "null", row(1, 7, "1.23")));
  const auto view = open();
  view->start();
  EXPECT_THAT(rows(*view, "SELECT balance FROM balances"), ElementsAre(Row{"10.10"}));
  EXPECT_TRUE(eventually([&] { return view->status().rejected == 3; }));
  const auto reader = log_->make_reader().value();
  ASSERT_TRUE(reader->assign({{{topic_ + ".rejected", PartitionId{0}}, Offset{0}}}));
  const auto batch = reader->fetch(10, 1 << 20, client::milliseconds(1000)).value();
  ASSERT_THAT(batch->records(), SizeIs(3));
  std::map<std::string, std::string> headers;
  for (const auto& header : batch->headers(1)) {
    headers[std::string(header.name)] = header.value.value_or("");
  }
  EXPECT_EQ(headers["daybook.offset"], "2");
  EXPECT_EQ(headers["daybook.reason"], "column amount: \"1.234\" is not a DECIMAL(18,2)");
}

TEST_F(ViewTest, OnErrorStopFailsAtTheEvent) {
  stop_on_error_ = true;
  make_topic();
  publish(payments());
  write("2", "no json");
  const auto view = open();
  view->start();
  EXPECT_TRUE(eventually([&] { return view->status().state == "failed"; }));
  EXPECT_THAT(view->status().detail, HasSubstr("bank.card_tx/0:0"));
  EXPECT_EQ(log_->describe_topic(topic_ + ".rejected").error().code, ErrorCode::kNotFound);
}

TEST_F(ViewTest, ItGoesOnFromItsPositionAfterARestart) {
  make_topic();
  publish(payments());
  write("1", change("c", "null", row(1, 7, "10.10")));
  {
    const auto view = open();
    view->start();
    EXPECT_THAT(rows(*view, "SELECT balance FROM balances"), ElementsAre(Row{"10.10"}));
  }
  write("2", change("c", "null", row(2, 7, "1.00")));
  const auto view = open();
  // What an earlier run left is readable before the task runs.
  EXPECT_THAT(view->reader().find({"7"}, {})->rows, SizeIs(1));
  view->start();
  EXPECT_THAT(rows(*view, "SELECT balance FROM balances"), ElementsAre(Row{"11.10"}));
  EXPECT_TRUE(eventually([&] { return view->status().events_applied == 1; }));
}

TEST_F(ViewTest, AFaultyDefinitionIsRefusedWhenItIsOpened) {
  const ViewSpec spec{"balances", "tx", topic_, std::nullopt};
  auto plan = table::make_table_plan({"account_id"},
                                     "SELECT account_id, median(amount) AS b FROM tx GROUP BY 1");
  const auto view = open_view(spec, std::move(plan),
                              {*log_, io::real_file_system(), io::real_clock(), folder_.path()});
  ASSERT_FALSE(view);
  EXPECT_THAT(view.error().message, HasSubstr("view balances: median cannot be folded"));
}

TEST_F(ViewTest, TheOldVersionAnswersUntilTheNewOneHasCaughtUp) {
  make_topic();
  publish(payments());
  write("1", change("c", "null", row(1, 7, "10.10")));
  {
    const auto view = open();
    view->start();
    EXPECT_THAT(rows(*view, "SELECT balance FROM balances"), SizeIs(1));
    EXPECT_TRUE(eventually([&] { return view->status().state == "running"; }));
  }
  const auto view = open("SELECT account_id, sum(-amount) AS owed FROM tx GROUP BY 1");
  EXPECT_THAT(view->reader().query("SELECT balance FROM balances", {})->rows, SizeIs(1));
  view->start();
  EXPECT_TRUE(eventually([&] { return view->status().version == 2; }));
  EXPECT_THAT(rows(*view, "SELECT owed FROM balances"), ElementsAre(Row{"-10.10"}));
  // The former definition goes on being kept current, for a rollback.
  write("2", change("c", "null", row(2, 7, "5.00")));
  EXPECT_THAT(rows(*view, "SELECT owed FROM balances"), ElementsAre(Row{"-15.10"}));
  EXPECT_EQ(view->rollback().value(), 1);
  EXPECT_THAT(rows(*view, "SELECT balance FROM balances"), ElementsAre(Row{"15.10"}));
}

TEST_F(ViewTest, AColumnThatIsWidenedWhileItRunsRejectsNothing) {
  make_topic();
  auto schema = payments();
  schema.columns[2].type = "DECIMAL(4,2)";
  publish(schema);
  write("1", change("c", "null", row(1, 7, "10.10")));
  const auto view = open();
  view->start();
  EXPECT_THAT(rows(*view, "SELECT balance FROM balances"), ElementsAre(Row{"10.10"}));
  publish(payments());
  write("2", change("c", "null", row(2, 7, "12345.67")));
  EXPECT_THAT(rows(*view, "SELECT balance FROM balances"), ElementsAre(Row{"12355.77"}));
  EXPECT_EQ(view->status().rejected, 0);
  EXPECT_EQ(log_->describe_topic(topic_ + ".rejected").error().code, ErrorCode::kNotFound);
}

TEST_F(ViewTest, AVersionCompletedInThisRunAnswersWhileTheNextIsBuilt) {
  stop_on_error_ = true;  // keeps the next one from getting there
  make_topic();
  auto schema = payments();
  schema.columns[2].type = "DECIMAL(4,2)";
  publish(schema);
  write("1", change("c", "null", row(1, 7, "10.10")));
  const auto view = open();
  view->start();
  EXPECT_TRUE(eventually([&] { return view->status().state == "running"; }));
  publish(payments());
  write("2", change("c", "null", row(2, 7, "12345678901234567890")));
  EXPECT_TRUE(
      eventually([&] { return view->status().detail.ends_with("is not a DECIMAL(18,2)"); }));
  EXPECT_EQ(view->status().version, 1);
  const auto answer = view->reader().query("SELECT balance FROM balances", {});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_THAT(answer->rows, ElementsAre(Row{"10.10"}));
}

TEST_F(ViewTest, TheLatestRowPerKeyFollowsTheTable) {
  make_topic();
  publish(payments());
  write("1", change("c", "null", row(1, 7, "10.10")));
  write("2", change("c", "null", row(2, 7, "3.00")));
  write("1", change("u", row(1, 7, "10.10"), row(1, 9, "11.00")));
  write("2", change("d", row(2, 7, "3.00"), "null"));
  const auto view = open("SELECT id, account_id, amount FROM tx", {"id"});
  view->start();
  EXPECT_THAT(rows(*view, "SELECT * FROM balances"),
              ElementsAre(Row{std::int64_t{1}, std::int64_t{9}, "11.00"}));
}

TEST_F(ViewTest, QueriesCanOnlyRead) {
  make_topic();
  publish(payments());
  write("1", change("c", "null", row(1, 7, "10.10")));
  const auto view = open();
  view->start();
  ASSERT_THAT(rows(*view, "SELECT 1"), SizeIs(1));
  for (const auto* sql :
       {"DELETE FROM daybook_rows", "ATTACH '/tmp/x.db' AS x", "PRAGMA journal_mode = DELETE",
        "SELECT load_extension('x')", "CREATE TABLE t (a)", "SELECT 1; SELECT 2", "", "BEGIN",
        "VACUUM", "SELECT * FROM nothing", "UPDATE sqlite_master SET sql = ''",
        "PRAGMA data_version = 3", "DROP VIEW balances",
        "WITH x AS (SELECT 1) INSERT INTO daybook_position SELECT 1,1,1,1"}) {
    const auto answer = ask(*view, sql);
    ASSERT_FALSE(answer) << sql;
    EXPECT_EQ(answer.error().code, ErrorCode::kInvalid) << sql << answer.error().message;
  }
  EXPECT_THAT(rows(*view, "SELECT balance FROM balances"), ElementsAre(Row{"10.10"}));
}

TEST_F(ViewTest, AQueryWithoutEndIsInterrupted) {
  make_topic();
  publish(payments());
  write("1", change("c", "null", row(1, 7, "10.10")));
  const auto view = open();
  view->start();
  ASSERT_THAT(rows(*view, "SELECT 1"), SizeIs(1));
  ReadOptions options;
  options.time_limit = std::chrono::milliseconds(50);
  const auto answer = view->reader().query(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT sum(i) FROM n",
      options);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kTimedOut);
  options.row_limit = 5;
  options.time_limit = std::chrono::milliseconds(60'000);
  const auto limited = view->reader().query(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n", options);
  ASSERT_TRUE(limited) << limited.error().message;
  EXPECT_THAT(limited->rows, SizeIs(5));
  EXPECT_TRUE(limited->truncated);
}

TEST_F(ViewTest, AQueryThatTakesTooMuchMemoryIsEndedAndNobodyElse) {
  make_topic();
  publish(payments());
  write("1", change("c", "null", row(1, 7, "10.10")));
  const auto view = open();
  view->start();
  ASSERT_THAT(rows(*view, "SELECT 1"), SizeIs(1));
  std::string blobs = "randomblob(16000000)";
  for (int i = 0; i < 40; ++i) blobs += ", randomblob(16000000)";
  ReadOptions options;
  options.time_limit = std::chrono::minutes(1);
  for (const std::string& sql :
       {"SELECT " + blobs, "SELECT max(" + blobs + ")",
        std::string("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
                    "SELECT json_group_array(hex(zeroblob(1000000))) FROM n")}) {
    const auto answer = view->reader().query(sql, options);
    ASSERT_FALSE(answer) << sql.substr(0, 60);
    EXPECT_EQ(answer.error().code, ErrorCode::kNoSpace) << answer.error().message;
    EXPECT_THAT(answer.error().message, HasSubstr("more memory than 256 MiB"));
  }
  EXPECT_THAT(rows(*view, "SELECT balance FROM balances"), ElementsAre(Row{"10.10"}));
}

}  // namespace
}  // namespace daybook::views
