#include "views/kinds/wide/wide_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "views/testing/kind_run.h"

namespace daybook::views::wide {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using views::testing::change;
using views::testing::KindRun;
using views::testing::Row;
using views::testing::TestEvent;

std::shared_ptr<const ViewPlan> activity(std::int64_t versions, const std::string& timestamp) {
  return make_wide_plan({.row = "card",
                         .columns = {{"pay", "amount", "amount"}, {"geo", "lat", "lat"}},
                         .timestamp = timestamp,
                         .versions = versions});
}

const client::Schema kChanges{client::Envelope::kDebezium,
                              {{"id", "BIGINT", true}, {"card", "BIGINT"}}};

// A payment; an empty value is left out.
std::string payment(int card, int at, const std::string& amount, const std::string& lat) {
  return R"({"id":1,"card":)" + std::to_string(card) + R"(,"at":)" + std::to_string(at) +
         (amount.empty() ? "" : R"(,"amount":)" + amount) +
         (lat.empty() ? "" : R"(,"lat":)" + lat) + "}";
}

Row cell(std::int64_t row, const char* family, const char* qualifier, std::int64_t time,
         std::int64_t value) {
  return {row, family, qualifier, time, value};
}

TEST(Wide, ACellKeepsItsNewestVersions) {
  KindRun run(activity(2, "at"), kChanges);
  EXPECT_THAT(run.apply({change("1", "c", "null", payment(7, 10, "1", "50")),
                         change("2", "c", "null", payment(7, 30, "3", "")),
                         change("3", "c", "null", payment(7, 20, "2", "")),
                         change("4", "c", "null", payment(8, 40, "4", ""))}),
              IsEmpty());
  EXPECT_THAT(run.find({"7"}),
              ElementsAre(cell(7, "geo", "lat", 10, 50), cell(7, "pay", "amount", 30, 3),
                          cell(7, "pay", "amount", 20, 2)));
  EXPECT_EQ(run.row_count(), 4);
}

TEST(Wide, RowsAreReadByFamilyColumnAndTime) {
  KindRun run(activity(9, "at"), kChanges);
  run.apply({change("1", "c", "null", payment(7, 10, "1", "50")),
             change("2", "c", "null", payment(7, 30, "3", "51"))});
  const auto get = [&](std::vector<std::pair<std::string, std::string>> arguments) {
    arguments.emplace_back("row", "7");
    const auto answer = run.ask("get", arguments);
    EXPECT_TRUE(answer) << answer.error().message;
    return answer ? answer->rows : std::vector<Row>();
  };
  const auto lat_10 = cell(7, "geo", "lat", 10, 50);
  const auto lat_30 = cell(7, "geo", "lat", 30, 51);
  const auto amount_10 = cell(7, "pay", "amount", 10, 1);
  const auto amount_30 = cell(7, "pay", "amount", 30, 3);
  EXPECT_THAT(get({}), ElementsAre(lat_30, amount_30));
  EXPECT_THAT(get({{"versions", "2"}}), ElementsAre(lat_30, lat_10, amount_30, amount_10));
  EXPECT_THAT(get({{"at", "29"}}), ElementsAre(lat_10, amount_10));
  EXPECT_THAT(get({{"family", "geo"}}), ElementsAre(lat_30));
  EXPECT_THAT(get({{"column", "pay:amount"}}), ElementsAre(amount_30));
  EXPECT_THAT(get({{"qualifiers", "am"}, {"at", "10"}}), ElementsAre(amount_10));
  EXPECT_THAT(run.ask("get", {{"row", "x"}}).error().message, HasSubstr("not a BIGINT"));
  EXPECT_THAT(run.ask("get", {{"row", "7"}, {"column", "pay"}}).error().message,
              HasSubstr("FAMILY:QUALIFIER"));
}

TEST(Wide, RangesOfRowsAreScanned) {
  KindRun run(make_wide_plan({.row = "k", .columns = {{"f", "q", "v"}}}), {});
  for (const char* key : {"a1", "a2", "b1", "b2"}) {
    run.apply({{key, R"({"k":")" + std::string(key) + R"(","v":1})"}});
  }
  const auto scan = [&](std::vector<std::pair<std::string, std::string>> arguments) {
    std::string keys;
    const auto answer = run.ask("scan", std::move(arguments));
    EXPECT_TRUE(answer) << answer.error().message;
    for (const auto& row : answer ? answer->rows : std::vector<Row>()) {
      keys += std::get<std::string>(row[0]) + " ";
    }
    return keys;
  };
  EXPECT_EQ(scan({}), "a1 a2 b1 b2 ");
  EXPECT_EQ(scan({{"from", "a2"}, {"to", "b2"}}), "a2 b1 ");
  EXPECT_EQ(scan({{"prefix", "b"}}), "b1 b2 ");
  EXPECT_EQ(scan({{"from", "a2"}, {"limit", "1"}}), "a2 ");
}

TEST(Wide, WhatAChangeTakesBackIsGone) {
  KindRun run(activity(3, "at"), kChanges);
  const auto first = payment(7, 10, "1", "50");
  const auto second = payment(7, 20, "2", "");
  EXPECT_THAT(run.apply({change("1", "c", "null", first),
                         change("2", "c", "null", second),
                         change("1", "u", first, payment(7, 10, "5", "")),
                         change("2", "d", second, "null"),
                         {"2", std::nullopt},
                         change("3", "u", "null", first),
                         {"x", "poison"}}),
              ElementsAre("5: op u has not the row that it must have", HasSubstr("6: not JSON")));
  EXPECT_THAT(run.rows("SELECT * FROM v"), ElementsAre(cell(7, "pay", "amount", 10, 5)));
  EXPECT_EQ(run.row_count(), 1);
}

TEST(Wide, WithoutATimestampOfTheirOwnDeletionsRemoveTheRow) {
  KindRun run(activity(3, ""), kChanges);
  const auto value = payment(7, 0, "1", "50");
  const auto other = payment(8, 0, "2", "");
  auto put = change("1", "c", "null", value);
  put.time_ms = 100;
  EXPECT_THAT(run.apply({put, change("2", "c", "null", other), change("1", "d", value, "null")}),
              IsEmpty());
  EXPECT_THAT(run.rows("SELECT * FROM v"), ElementsAre(cell(8, "pay", "amount", 100, 2)));

  KindRun plain(activity(3, ""), {});
  EXPECT_THAT(plain.apply({{"7", value}, {"8", other}, {"7", std::nullopt}}), IsEmpty());
  EXPECT_THAT(plain.rows("SELECT DISTINCT row FROM v"), ElementsAre(Row{"8"}));
}

TEST(Wide, TimestampsAreNumbersOrTimes) {
  KindRun run(make_wide_plan({.row = "k", .columns = {{"f", "q", "v"}}, .timestamp = "at"}), {});
  EXPECT_THAT(run.apply({{"a", R"({"k":"a","v":1,"at":"1970-01-01T00:00:02.5Z"})"},
                         {"b", R"({"k":"b","v":1})"},
                         {"c", R"({"k":"c","v":1,"at":"soon"})"}}),
              ElementsAre("1: timestamp at is neither a whole number nor a time",
                          "2: timestamp at is neither a whole number nor a time"));
  EXPECT_THAT(run.rows("SELECT timestamp FROM v"), ElementsAre(Row{std::int64_t{2'500}}));
}

TEST(Wide, TheCutOfBatchesChangesNothing) {
  std::mt19937 random(3);
  std::vector<std::string> table(15, "null");
  std::vector<TestEvent> events;
  for (int i = 0; i < 200; ++i) {
    const auto id = random() % table.size();
    const auto some = [&] { return random() % 4 == 0 ? "" : std::to_string(random() % 9); };
    auto next = payment(int(random() % 3), int(random() % 30), some(), some());
    if (random() % 4 == 0) next = "null";
    if (table[id] == "null" && next == "null") continue;
    const char* op = table[id] == "null" ? "c" : next == "null" ? "d" : "u";
    events.push_back(change(std::to_string(id), op, table[id], next));
    table[id] = next;
  }
  for (const char* timestamp : {"at", ""}) {
    expect_same_however_cut([&] { return activity(2, timestamp); }, kChanges, events,
                            "SELECT * FROM v");
  }
}

// The same events of each partition, read in the order that `random` says.
std::vector<TestEvent> interleaved(const std::vector<std::vector<TestEvent>>& partitions,
                                   std::mt19937& random) {
  std::vector<TestEvent> events;
  std::vector<std::size_t> next(partitions.size(), 0);
  std::vector<std::size_t> turns;
  for (std::size_t i = 0; i < partitions.size(); ++i)
    turns.resize(turns.size() + partitions[i].size(), i);
  std::ranges::shuffle(turns, random);
  for (const auto turn : turns) events.push_back(partitions[turn][next[turn]++]);
  return events;
}

TEST(Wide, PutsOfOneCellAndTimestampDoNotDependOnTheOrderInWhichPartitionsAreRead) {
  std::mt19937 random(5);
  std::vector<std::vector<TestEvent>> partitions(3);
  for (std::int32_t i = 0; i < 180; ++i) {
    const auto partition = i % 3;
    const auto at = static_cast<int>(random() % 6);
    partitions[static_cast<std::size_t>(partition)].push_back(
        {.key = "k",
         .value = payment(static_cast<int>(random() % 4), at, std::to_string(i), std::to_string(i)),
         .time_ms = static_cast<std::int64_t>(i / 30 + random() % 4),
         .partition = partition});
  }
  for (const char* timestamp : {"at", ""}) {
    KindRun first(activity(2, timestamp), {});
    first.apply(interleaved(partitions, random));
    const auto rows = first.rows("SELECT * FROM v");
    for (const std::size_t cut : {1U, 7U, 50U, 1'000U}) {
      KindRun other(activity(2, timestamp), {});
      other.apply(interleaved(partitions, random), cut, cut == 7);
      EXPECT_EQ(other.rows("SELECT * FROM v"), rows) << timestamp << ", batches of " << cut;
      EXPECT_EQ(other.row_count(), first.row_count());
    }
  }
}

TEST(Wide, OfTwoPutsTheOneLaterInTimeStaysThenThatOfTheHigherPartition) {
  const auto put = [](std::int64_t time_ms, std::int32_t partition, const std::string& amount) {
    return TestEvent{.key = "7",
                     .value = payment(7, 10, amount, ""),
                     .time_ms = time_ms,
                     .partition = partition};
  };
  const auto left = [](const std::vector<TestEvent>& events) {
    KindRun run(activity(3, "at"), {});
    run.apply(events, 1);
    return run.rows("SELECT value FROM v");
  };
  for (const auto& [one, other] :
       {std::pair{put(5, 1, "1"), put(6, 0, "2")}, std::pair{put(5, 0, "1"), put(5, 1, "2")}}) {
    EXPECT_THAT(left({one, other}), ElementsAre(Row{std::int64_t{2}}));
    EXPECT_THAT(left({other, one}), ElementsAre(Row{std::int64_t{2}}));
  }
}

TEST(Wide, ATombstoneLeavesWhatIsLaterThanIt) {
  KindRun run(activity(3, "at"), {});
  run.apply({{.key = "7", .value = payment(7, 10, "1", ""), .time_ms = 5, .partition = 0},
             {.key = "7", .value = payment(7, 20, "2", ""), .time_ms = 8, .partition = 0}},
            1);
  run.apply({{.key = "7", .value = std::nullopt, .time_ms = 6, .partition = 1}});
  EXPECT_THAT(run.rows("SELECT value FROM v"), ElementsAre(Row{std::int64_t{2}}));
}

TEST(Wide, FaultyColumnsAreNamed) {
  const ViewSpec spec{"v", "t", "t", std::nullopt};
  const auto faults = check(spec, *make_wide_plan({.row = "k", .columns = {{"f", "", "v"}}}));
  ASSERT_THAT(faults, SizeIs(1));
  EXPECT_THAT(faults[0].message, HasSubstr("column f: must be named FAMILY:QUALIFIER"));
}

}  // namespace
}  // namespace daybook::views::wide
