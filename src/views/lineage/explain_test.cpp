#include "views/lineage/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <random>

#include "client/memory_log.h"
#include "views/kinds/document/document_plan.h"
#include "views/kinds/graph/graph_plan.h"
#include "views/kinds/search/search_plan.h"
#include "views/kinds/table/simulated_table.h"
#include "views/kinds/table/table_plan.h"
#include "views/kinds/wide/wide_plan.h"
#include "views/lineage/lineage_store.h"
#include "views/testing/kind_run.h"
#include "views/testing/payment_changes.h"

namespace daybook::views {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using views::testing::change;
using views::testing::KindRun;
using views::testing::payment;
using views::testing::payment_schema;
using views::testing::random_changes;
using views::testing::Row;
using views::testing::TestEvent;
using views::testing::write_events;

using Plan = std::shared_ptr<const ViewPlan>;

Plan balances() {
  return table::make_table_plan(
      {"account"},
      "SELECT account, sum(amount) AS balance, count(*) AS entries, max(amount) AS largest "
      "FROM t GROUP BY account");
}

// A view, and the log that its events come from.
class Explained {
 public:
  Explained(const Plan& plan, const client::Schema& schema, std::int32_t partitions = 1,
            bool lineage = false)
      : run_(plan, schema, lineage), log_(client::make_memory_log()) {
    definition_.spec.lineage = lineage;
    definition_.spec.name = "v";
    definition_.spec.input = "t";
    definition_.spec.topic = "t";
    if (!schema.columns.empty()) definition_.spec.declared = schema;
    definition_.plan = plan;
    EXPECT_TRUE(log_->create_topic({"t", partitions, {}}));
  }

  std::vector<std::string> apply(const std::vector<TestEvent>& events, std::size_t cut = 1'000) {
    write_events(*log_, events);
    return run_.apply(events, cut);
  }

  Result<Explanation> try_explain(const std::vector<std::string>& key,
                                  const ExplainOptions& options = {}) {
    return explain_row(*log_, definition_, run_.reader(), key, options);
  }
  Explanation explain(const std::vector<std::string>& key, const ExplainOptions& options = {}) {
    const auto explanation = try_explain(key, options);
    EXPECT_TRUE(explanation) << explanation.error().message;
    return explanation.value_or(Explanation());
  }
  Result<Answer> as_of(const std::vector<std::string>& key, const AsOf& when,
                       const ExplainOptions& options = {}) {
    return find_as_of(*log_, definition_, run_.reader(), key, when, options);
  }
  KindRun& run() { return run_; }
  client::LogClient& log() { return *log_; }

 private:
  KindRun run_;
  Definition definition_;
  std::unique_ptr<client::LogClient> log_;
};

std::vector<std::int64_t> offsets(const Explanation& explanation) {
  std::vector<std::int64_t> offsets;
  for (const auto& event : explanation.history.events) offsets.push_back(event.offset);
  return offsets;
}

Row balance(int account, const std::string& balance, std::int64_t entries,
            const std::string& largest) {
  return {std::int64_t{account}, balance, entries, largest};
}

TEST(Explain, AGroupShowsWhatEachChangeMadeOfIt) {
  Explained view(balances(), payment_schema(client::Envelope::kDebezium));
  view.apply({change("1", "c", "null", payment(1, 7, "10.00")),
              change("2", "c", "null", payment(2, 8, "5.00")),
              change("1", "u", payment(1, 7, "10.00"), payment(1, 7, "4.00")),
              change("3", "r", "null", payment(3, 7, "1.50")),
              change("1", "u", payment(1, 7, "4.00"), payment(1, 8, "4.00")),
              change("3", "d", payment(3, 7, "1.50"), "null"),
              {"3", std::nullopt}});
  const auto seven = view.explain({"7"});
  EXPECT_TRUE(seven.is_complete) << seven.missing;
  EXPECT_THAT(offsets(seven), ElementsAre(0, 2, 3, 4, 5));
  const auto& events = seven.history.events;
  ASSERT_THAT(events, SizeIs(5));
  EXPECT_THAT(events[0].rows, ElementsAre(balance(7, "10.00", 1, "10.00")));
  EXPECT_THAT(events[1].rows, ElementsAre(balance(7, "4.00", 1, "4.00")));
  EXPECT_THAT(events[2].rows, ElementsAre(balance(7, "5.50", 2, "4.00")));
  EXPECT_THAT(events[3].rows, ElementsAre(balance(7, "1.50", 1, "1.50")));
  EXPECT_THAT(events[4].rows, IsEmpty());
  EXPECT_THAT(seven.history.rows, IsEmpty());
  EXPECT_EQ(events[3].key, "1");
  EXPECT_THAT(events[3].value.value_or(""), HasSubstr(payment(1, 8, "4.00")));
  EXPECT_EQ(seven.events_read, 7);
  EXPECT_THAT(offsets(view.explain({"8"})), ElementsAre(1, 4));
  EXPECT_THAT(offsets(view.explain({"9"})), IsEmpty());
}

TEST(Explain, ARowPerKeyShowsWhatPutItAndWhatRemovedIt) {
  Explained view(table::make_table_plan({"id"}, "SELECT id, amount FROM t WHERE amount > 1"),
                 payment_schema(client::Envelope::kPlain));
  view.apply({{"1", payment(1, 7, "10.00")},
              {"2", payment(2, 7, "3.00")},
              {"1", payment(1, 7, "0.50")},
              {"1", "no JSON"},
              {"1", payment(1, 7, "2.00")}});
  const auto one = view.explain({"1"});
  EXPECT_TRUE(one.is_complete) << one.missing;
  EXPECT_THAT(offsets(one), ElementsAre(0, 4));
  EXPECT_THAT(one.history.rows, ElementsAre(Row{std::int64_t{1}, "2.00"}));
}

TEST(Explain, TheNewestEventsAreListedAndTheEarlierOnesCounted) {
  Explained view(balances(), payment_schema(client::Envelope::kPlain));
  for (int i = 0; i < 5; ++i) view.apply({{"k", payment(i, 7, "1.00")}});
  ExplainOptions options;
  options.event_limit = 2;
  const auto seven = view.explain({"7"}, options);
  EXPECT_TRUE(seven.is_complete) << seven.missing;
  EXPECT_THAT(offsets(seven), ElementsAre(3, 4));
  EXPECT_EQ(seven.history.earlier, 3);
  EXPECT_THAT(seven.history.rows_before, ElementsAre(balance(7, "3.00", 3, "1.00")));
  EXPECT_THAT(seven.history.events[0].rows, ElementsAre(balance(7, "4.00", 4, "1.00")));
  EXPECT_THAT(seven.history.rows, ElementsAre(balance(7, "5.00", 5, "1.00")));
}

TEST(Explain, ARowOfVeryManyEventsIsExplainedInBoundedMemory) {
  Explained view(balances(), payment_schema(client::Envelope::kPlain));
  constexpr int kEvents = 25'000;
  std::vector<TestEvent> events;
  for (int i = 0; i < kEvents; ++i) events.push_back({"k", payment(i, 7, "1.00")});
  view.apply(events, 10'000);
  const auto seven = view.explain({"7"});
  EXPECT_TRUE(seven.is_complete) << seven.missing;
  EXPECT_EQ(seven.history.earlier + std::ssize(seven.history.events), kEvents);
  EXPECT_THAT(seven.history.rows, ElementsAre(balance(7, "25000.00", kEvents, "1.00")));
}

TEST(Explain, ABoundThatWasHitIsSaidAndWhatIsBelowItIsRight) {
  Explained view(balances(), payment_schema(client::Envelope::kPlain));
  for (int i = 0; i < 5; ++i) view.apply({{"k", payment(i, 7, "1.00")}});
  ExplainOptions options;
  options.read_limit = 3;
  const auto seven = view.explain({"7"}, options);
  EXPECT_FALSE(seven.is_complete);
  EXPECT_THAT(seven.missing, HasSubstr("3 events were read: of the events below t/0:5 those from "
                                       "t/0:3 on have not been looked at"));
  EXPECT_EQ(seven.position, (client::Position{{{"t", PartitionId{0}}, Offset{3}}}));
  EXPECT_THAT(seven.history.rows, ElementsAre(balance(7, "3.00", 3, "1.00")));
  options.read_limit = kDefaultReplayEvents;
  options.time_limit = std::chrono::milliseconds(-1);
  EXPECT_THAT(view.explain({"7"}, options).missing, HasSubstr("its time was up"));
}

TEST(Explain, WhatTheLogNoLongerHasIsSaid) {
  Explained view(balances(), payment_schema(client::Envelope::kPlain));
  const std::vector<TestEvent> lost = {{"k", payment(1, 7, "1.00")}};
  view.apply({{"k", payment(2, 7, "2.00")}});
  view.run().apply(lost);
  const auto seven = view.explain({"7"});
  EXPECT_FALSE(seven.is_complete);
  EXPECT_THAT(seven.missing, HasSubstr("make another row than the view's: others were removed"));
  EXPECT_THAT(seven.history.rows, ElementsAre(balance(7, "2.00", 1, "2.00")));
}

TEST(Explain, OffsetsWithoutARecordAreNotWaitedFor) {
  for (const bool lineage : {false, true}) {
    Explained view(balances(), payment_schema(client::Envelope::kPlain), 1, lineage);
    for (int i = 0; i < 6; ++i) view.apply({{"k", payment(i, 7, "1.00")}});
    for (const int offset : {1, 4, 5}) {
      ASSERT_TRUE(client::empty_offset(view.log(), {"t", PartitionId{0}}, Offset{offset}));
    }
    ExplainOptions options;
    int looks = 0;
    options.is_cancelled = [&] { return ++looks > 10; };
    const auto seven = view.explain({"7"}, options);
    EXPECT_THAT(offsets(seven), ElementsAre(0, 2, 3));
    EXPECT_THAT(seven.missing, HasSubstr("make another row than the view's: others were removed"));
  }
}

TEST(Explain, AWrongKeyAndOtherColumnsAreRefused) {
  Explained view(balances(), payment_schema(client::Envelope::kPlain));
  view.apply({{"k", payment(1, 7, "1.00")}});
  EXPECT_EQ(view.try_explain({"seven"}).error().code, ErrorCode::kInvalid);
  EXPECT_EQ(view.try_explain({"7", "8"}).error().code, ErrorCode::kInvalid);
  ExplainOptions options;
  options.is_cancelled = [] { return true; };
  EXPECT_EQ(view.try_explain({"7"}, options).error().code, ErrorCode::kCancelled);
}

TEST(Explain, RowsThatWereForgottenEndAsTheViewHasThem) {
  Explained view(
      table::make_table_plan(
          {"day"}, "SELECT date_trunc('day', _timestamp) AS day, count(*) AS n FROM t GROUP BY ALL",
          86'400'000),
      payment_schema(client::Envelope::kPlain));
  constexpr std::int64_t kDay = 86'400'000;
  view.apply({{"a", payment(1, 7, "1.00"), 10 * kDay},
              {"a", payment(2, 7, "1.00"), 10 * kDay + 1},
              {"b", payment(3, 7, "1.00"), 20 * kDay}});
  const auto day = view.explain({"1970-01-11"});
  EXPECT_TRUE(day.is_complete) << day.missing;
  ASSERT_THAT(offsets(day), ElementsAre(0, 1));
  EXPECT_THAT(day.history.events.back().rows, SizeIs(1));
  EXPECT_THAT(day.history.rows, IsEmpty());
}

TEST(Explain, LineageReadsTheEventsOfTheRowAloneAndSaysTheSame) {
  const auto schema = payment_schema(client::Envelope::kDebezium);
  Explained plain(balances(), schema, 2);
  Explained traced(balances(), schema, 2, true);
  std::vector<TestEvent> events;
  for (int i = 0; i < 60'000; ++i) {
    events.push_back(change("1", "c", "null", payment(i, i % 20'000 == 500 ? 7 : 8, "1.00")));
    events.back().time_ms = i;
    events.back().partition = i < 30'000 ? 0 : 1;
  }
  events.push_back(change("1", "u", payment(500, 7, "1.00"), payment(500, 7, "9.00")));
  events.back().time_ms = 70'000;
  for (auto* view : {&plain, &traced}) view->apply(events, 20'000);
  const auto replayed = plain.explain({"7"});
  const auto remembered = traced.explain({"7"});
  ASSERT_TRUE(replayed.is_complete) << replayed.missing;
  ASSERT_TRUE(remembered.is_complete) << remembered.missing;
  EXPECT_EQ(offsets(remembered), offsets(replayed));
  EXPECT_EQ(remembered.history.rows, replayed.history.rows);
  ASSERT_THAT(remembered.history.events, SizeIs(4));
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(remembered.history.events[i].rows, replayed.history.events[i].rows);
    EXPECT_EQ(remembered.history.events[i].clock_ms, replayed.history.events[i].clock_ms);
  }
  EXPECT_EQ(replayed.events_read, 60'001);
  EXPECT_LT(remembered.events_read, 45'000);
  EXPECT_THAT(traced.explain({"9"}).history.events, IsEmpty());
}

TEST(Explain, ARowOfMoreEventsThanLineageRemembersIsReplayed) {
  Explained view(balances(), payment_schema(client::Envelope::kPlain), 1, true);
  std::vector<TestEvent> events;
  for (int i = 0; i < 3 * kMaxLineageEvents; ++i) events.push_back({"k", payment(i, 7, "1.00")});
  view.apply(events, 77);
  const auto seven = view.explain({"7"});
  EXPECT_TRUE(seven.is_complete) << seven.missing;
  EXPECT_EQ(seven.history.earlier + std::ssize(seven.history.events), 3 * kMaxLineageEvents);
}

TEST(AsOf, ARowIsShownAsItWasAtAPositionAndAtATime) {
  for (const bool lineage : {false, true}) {
    Explained view(balances(), payment_schema(client::Envelope::kPlain), 2, lineage);
    view.apply({{"a", payment(1, 7, "1.00"), 1'000, 0},
                {"b", payment(2, 7, "2.00"), 2'000, 1},
                {"a", payment(3, 7, "4.00"), 3'000, 0},
                {"a", payment(4, 8, "8.00"), 4'000, 0}});
    const client::TopicPartition zero{"t", PartitionId{0}};
    const client::TopicPartition one{"t", PartitionId{1}};
    const auto at = view.as_of({"7"}, client::Position{{zero, Offset{1}}, {one, Offset{1}}});
    ASSERT_TRUE(at) << at.error().message;
    EXPECT_THAT(at->rows, ElementsAre(balance(7, "3.00", 2, "2.00")));
    const auto first = view.as_of({"7"}, client::Position{{zero, Offset{1}}});
    EXPECT_THAT(first.value().rows, ElementsAre(balance(7, "1.00", 1, "1.00")));
    const auto then = view.as_of({"7"}, TimestampMs{2'999});
    ASSERT_TRUE(then) << then.error().message;
    EXPECT_THAT(then->rows, ElementsAre(balance(7, "3.00", 2, "2.00")));
    EXPECT_EQ(then->position, (client::Position{{zero, Offset{1}}, {one, Offset{1}}}));
    EXPECT_THAT(view.as_of({"7"}, TimestampMs{3'000}).value().rows,
                ElementsAre(balance(7, "7.00", 3, "4.00")));
    EXPECT_THAT(view.as_of({"7"}, TimestampMs{1}).value().rows, IsEmpty());
    EXPECT_EQ(view.as_of({"7"}, client::Position{{zero, Offset{9}}}).error().code,
              ErrorCode::kInvalid);
    EXPECT_EQ(view.as_of({"7"}, client::Position{{{"u", PartitionId{0}}, Offset{1}}}).error().code,
              ErrorCode::kInvalid);
    ExplainOptions options;
    options.time_limit = std::chrono::milliseconds(-1);
    EXPECT_EQ(view.as_of({"7"}, TimestampMs{3'000}, options).error().code, ErrorCode::kTimedOut);
  }
}

TEST(AsOf, ACompactedTopicIsRefusedByName) {
  Explained view(balances(), payment_schema(client::Envelope::kPlain));
  view.apply({{"a", payment(1, 7, "1.00")}});
  ASSERT_TRUE(view.log().configure_topic("t", {.set = {{"cleanup.policy", "compact"}}}));
  const auto refused = view.as_of({"7"}, TimestampMs{1});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(refused.error().message, HasSubstr("topic t is compacted"));
}

// Every kind of view over one life of a captured table: after each event the rows of every key are
// what a view that had applied no more would show.
struct KindCase {
  const char* name;
  Plan plan;
};

std::vector<KindCase> kinds() {
  return {
      {"groups", balances()},
      {"latest", table::make_table_plan({"id"}, "SELECT id, account, amount, note FROM t")},
      {"document", document::make_document_plan({.key = {"id"}, .index = {"note"}})},
      {"merged", document::make_document_plan({.key = {"id"}, .mode = document::Mode::kMerge})},
      {"wide", wide::make_wide_plan({.row = "account",
                                     .columns = {{"pay", "amount", "amount"}, {"pay", "n", "note"}},
                                     .versions = 3})},
      {"search", search::make_search_plan({.key = {"id"}, .text = {"note"}})},
      {"graph", graph::make_graph_plan(
                    {.key = {"id"}, .from = "account", .to = "note", .type_name = "PAID"})}};
}

TEST(ExplainProperty, EveryStepIsWhatAViewOfTheEventsUpToItShows) {
  const char* chosen = std::getenv("DAYBOOK_EXPLAIN_SEED");
  const std::uint64_t seed = chosen == nullptr ? 20'261'125 : std::strtoull(chosen, nullptr, 10);
  std::mt19937_64 random(seed);
  const auto schema = payment_schema(client::Envelope::kDebezium);
  for (const auto& kind : kinds()) {
    SCOPED_TRACE(std::string(kind.name) + ", seed " + std::to_string(seed));
    const auto events = random_changes(random, 25);
    const bool lineage = std::uniform_int_distribution<int>(0, 1)(random) == 1;
    Explained view(kind.plan, schema, 1, lineage);
    std::map<std::int64_t, std::map<std::string, std::vector<Row>>> truth;
    for (std::size_t i = 0; i < events.size(); ++i) {
      ASSERT_THAT(view.apply({events[i]}), IsEmpty());
      for (const auto* key : {"1", "2", "3", "4"}) {
        truth[static_cast<std::int64_t>(i)][key] = view.run().find({key});
      }
    }
    for (const auto* key : {"1", "2", "3", "4"}) {
      const auto explanation = view.explain({key});
      EXPECT_TRUE(explanation.is_complete) << explanation.missing;
      EXPECT_EQ(explanation.history.rows, view.run().find({key}));
      std::vector<Row> before;
      std::int64_t next = 0;
      for (const auto& step : explanation.history.events) {
        for (; next < step.offset; ++next) EXPECT_EQ(truth[next][key], before);
        EXPECT_EQ(step.rows, truth[step.offset][key]) << "offset " << step.offset;
        const auto then =
            view.as_of({key}, client::Position{{{"t", PartitionId{0}}, Offset{step.offset + 1}}});
        ASSERT_TRUE(then) << then.error().message;
        EXPECT_EQ(then->rows, step.rows);
        before = step.rows;
        next = step.offset + 1;
      }
      for (; next < std::ssize(events); ++next) EXPECT_EQ(truth[next][key], before);
    }
  }
}

std::string key_text(const Value& value, const std::string& type) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* real = std::get_if<double>(&value)) return std::to_string(*real);
  const auto number = std::get<std::int64_t>(value);
  if (type == "BOOLEAN") return number == 0 ? "false" : "true";
  return std::to_string(number);
}

// Everything that a fold can keep up to date, over several partitions.
TEST(ExplainProperty, TheLastRowOfAHistoryIsTheViewsRow) {
  constexpr std::uint64_t kFirst = 1'000;
  constexpr std::uint64_t kSeeds = 6;
  int explained = 0;
  for (auto seed = kFirst; seed < kFirst + kSeeds; ++seed) {
    table::Simulation simulation(seed);
    std::vector<std::string> key;
    const auto query = simulation.query(key);
    SCOPED_TRACE("seed " + std::to_string(seed) + " " + query);
    const auto input = table::simulated_schema(simulation.is_change());
    client::Schema schema{
        simulation.is_change() ? client::Envelope::kDebezium : client::Envelope::kPlain, {}};
    for (const auto& column : input.columns) {
      schema.columns.push_back({column.name, to_text(column.type), column.is_key});
    }
    Explained view(table::make_table_plan(key, query), schema, simulation.partitions());
    for (const auto& partition : simulation.events()) {
      std::vector<TestEvent> events;
      for (const auto& event : partition) {
        events.push_back({event.key, event.value, event.time_ms, event.partition});
      }
      view.apply(events, 37);
    }
    const auto all = view.run().query("SELECT * FROM v").value();
    for (std::size_t i = 0; i < std::min<std::size_t>(all.rows.size(), 2); ++i) {
      std::vector<std::string> values;
      for (std::size_t column = 0; column < all.columns.size(); ++column) {
        if (!all.columns[column].is_key) continue;
        const auto& value = all.rows[i][column];
        if (std::holds_alternative<std::monostate>(value)) break;
        values.push_back(key_text(value, all.columns[column].type));
      }
      if (values.size() != key.size() || view.run().find(values).empty()) continue;
      ExplainOptions options;
      options.event_limit = 20;
      const auto explanation = view.explain(values, options);
      EXPECT_TRUE(explanation.is_complete) << explanation.missing;
      EXPECT_FALSE(explanation.history.events.empty());
      ++explained;
    }
  }
  EXPECT_GE(explained, static_cast<int>(kSeeds) / 2);
}

}  // namespace
}  // namespace daybook::views
