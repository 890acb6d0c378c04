#include "views/kinds/search/search_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "views/kinds/search/search_query.h"
#include "views/testing/kind_run.h"

namespace daybook::views::search {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using views::testing::change;
using views::testing::KindRun;
using views::testing::Row;
using views::testing::TestEvent;
using Arguments = std::vector<std::pair<std::string, std::string>>;

std::shared_ptr<const ViewPlan> notes(std::vector<double> weights = {}) {
  return make_search_plan(
      {.key = {"id"}, .text = {"subject", "body"}, .weights = weights, .facets = {"city"}});
}

const client::Schema kChanges{client::Envelope::kDebezium, {{"id", "BIGINT", true}}};

std::string note(int id, const std::string& subject, const std::string& body,
                 const std::string& city = "Bern") {
  return R"({"id":)" + std::to_string(id) + R"(,"subject":")" + subject + R"(","body":")" + body +
         R"(","city":")" + city + R"("})";
}

std::vector<TestEvent> some_notes() {
  return {change("1", "c", "null", note(1, "rent", "the rent of March was late", "Bern")),
          change("2", "c", "null", note(2, "salary", "paid in March, no rent", "Ulm")),
          change("3", "c", "null", note(3, "Miete Zürich", "renting a flat", "Bern"))};
}

// The keys that a search finds, best first.
std::string found(KindRun& run, Arguments arguments) {
  const auto answer = run.ask("search", std::move(arguments));
  EXPECT_TRUE(answer) << answer.error().message;
  std::string keys;
  for (const auto& row : answer ? answer->rows : std::vector<Row>()) {
    keys += std::to_string(std::get<std::int64_t>(row[0]));
  }
  return keys;
}

TEST(Search, WordsPhrasesBeginningsAndExclusionsAreFound) {
  KindRun run(notes(), kChanges);
  EXPECT_THAT(run.apply(some_notes()), IsEmpty());
  EXPECT_EQ(found(run, {{"text", "rent"}}), "12");
  EXPECT_EQ(found(run, {{"text", "rent*"}}), "132");
  EXPECT_EQ(found(run, {{"text", "march rent"}}), "12");
  EXPECT_EQ(found(run, {{"text", "\"rent of March\""}}), "1");
  EXPECT_EQ(found(run, {{"text", "\"rent of Ma\"*"}}), "1");
  EXPECT_EQ(found(run, {{"text", "rent -salary"}}), "1");
  EXPECT_EQ(found(run, {{"text", "zurich"}}), "3");
  EXPECT_EQ(found(run, {{"text", "rent"}, {"in", "subject"}}), "1");
  EXPECT_EQ(found(run, {{"text", "rent"}, {"limit", "1"}, {"offset", "1"}}), "2");
  EXPECT_EQ(found(run, {{"text", "nothing"}}), "");
}

TEST(Search, ResultsAreNarrowedAndCountedByFacets) {
  KindRun run(notes(), kChanges);
  run.apply(some_notes());
  EXPECT_EQ(found(run, {{"text", "rent*"}, {"city", "Bern"}}), "13");
  EXPECT_EQ(found(run, {{"text", "rent*"}, {"city", "Bern"}, {"city", "Ulm"}}), "132");
  const auto counts = run.ask("facets", {{"text", "rent*"}});
  ASSERT_TRUE(counts) << counts.error().message;
  EXPECT_THAT(counts->rows, ElementsAre(Row{"city", "Bern", std::int64_t{2}},
                                        Row{"city", "Ulm", std::int64_t{1}}));
}

TEST(Search, AnExcerptShowsWhatWasFoundAndWeightsMoveIt) {
  KindRun run(notes(), kChanges);
  run.apply(some_notes());
  const auto answer = run.ask("search", {{"text", "late"}});
  ASSERT_TRUE(answer) << answer.error().message;
  ASSERT_THAT(answer->rows, SizeIs(1));
  EXPECT_THAT(std::get<std::string>(answer->rows[0].back()), HasSubstr("March was [late]"));
  EXPECT_GT(std::get<double>(answer->rows[0].at(2)), 0);

  const std::vector<TestEvent> two = {
      change("1", "c", "null", note(1, "gold", "silver silver silver")),
      change("2", "c", "null", note(2, "silver", "gold gold gold"))};
  KindRun subjects(notes({50, 1}), kChanges);
  subjects.apply(two);
  EXPECT_EQ(found(subjects, {{"text", "gold"}}), "12");
  KindRun bodies(notes({1, 50}), kChanges);
  bodies.apply(two);
  EXPECT_EQ(found(bodies, {{"text", "gold"}}), "21");
}

TEST(Search, ChangesAndTombstonesReachTheIndex) {
  KindRun run(notes(), kChanges);
  run.apply(some_notes());
  run.apply({change("1", "u", note(1, "rent", "the rent of March was late"), note(1, "tax", "due")),
             change("2", "d", note(2, "salary", "paid in March, no rent"), "null"),
             {"2", std::nullopt},
             {"7", "poison"}});
  EXPECT_EQ(found(run, {{"text", "rent*"}}), "3");
  EXPECT_EQ(found(run, {{"text", "tax"}}), "1");
  EXPECT_THAT(run.find({"1"}), ElementsAre(Row{std::int64_t{1}, "tax", "due", "Bern"}));
  // The index agrees with the rows: FTS5 says so itself.
  EXPECT_THAT(run.rows("SELECT count(*) FROM daybook_text('due OR renting')"),
              ElementsAre(Row{std::int64_t{2}}));

  KindRun plain(make_search_plan({.key = {"id"}, .text = {"subject"}}), {});
  EXPECT_THAT(plain.apply({{"1", note(1, "one", "")},
                           {"2", note(2, "one two", "")},
                           {"1", std::nullopt},
                           {"x", "[]"}}),
              ElementsAre("3: the value is not a JSON object"));
  EXPECT_THAT(plain.ask("search", {{"text", "one"}})->rows, SizeIs(1));
}

TEST(Search, WhateverIsTypedIsNoSyntaxError) {
  KindRun run(notes(), kChanges);
  run.apply(some_notes());
  std::mt19937 random(5);
  using namespace std::string_literals;
  const auto signs = "ab \"*-():^{}+'AND OR NOT\\;,NEAR(\xC3\xBC\0"s;
  for (int i = 0; i < 500; ++i) {
    std::string text;
    for (auto length = random() % 20; length > 0; --length) text += signs[random() % signs.size()];
    const auto answer = run.ask("search", {{"text", text}});
    if (answer) continue;
    EXPECT_THAT(answer.error().message, HasSubstr("at least one word")) << text;
  }
  EXPECT_THAT(match_expression("-x", {}).error().message, HasSubstr("at least one word"));
  EXPECT_EQ(match_expression("a -b c* \"d e\"", {"f"}).value(),
            R"({"f"} : (("a" AND "c" * AND "d e") NOT ("b")))");
  EXPECT_EQ(found(run, {{"text", "late\0rent \"of\0March\""s}}), "1");
  EXPECT_FALSE(match_expression(std::string(kMaxQueryBytes + 1, 'a'), {}));
}

TEST(Search, TheCutOfBatchesChangesNothing) {
  std::mt19937 random(3);
  const std::vector<std::string> words = {"rent", "March", "late", "gold", "tax", "flat"};
  std::vector<std::string> table(15, "null");
  std::vector<TestEvent> events;
  for (int i = 0; i < 200; ++i) {
    const auto id = random() % table.size();
    const auto word = [&] { return words[random() % words.size()]; };
    const auto next = random() % 4 == 0 ? "null" : note(int(id), word(), word() + " " + word());
    if (table[id] == "null" && next == "null") continue;
    const char* op = table[id] == "null" ? "c" : next == "null" ? "d" : "u";
    events.push_back(change(std::to_string(id), op, table[id], next));
    table[id] = next;
  }
  expect_same_however_cut([] { return notes(); }, kChanges, events,
                          "SELECT v.*, m.rank FROM daybook_text m JOIN daybook_rows r ON "
                          "r.daybook_id = m.rowid JOIN v ON v.id = r.id WHERE m.daybook_text "
                          "MATCH 'rent OR gold' ORDER BY v.id");
}

TEST(Search, FaultyFieldsAreNamed) {
  const ViewSpec spec{"v", "t", "t", std::nullopt};
  const auto faults =
      check(spec, *make_search_plan({.key = {"id"}, .text = {"score", "id"}, .facets = {"a..b"}}));
  ASSERT_THAT(faults, SizeIs(3));
  EXPECT_THAT(faults[0].message, HasSubstr("path score is there twice, or its name is taken"));
  const auto facet =
      check(spec, *make_search_plan({.key = {"id"}, .text = {"a"}, .facets = {"as_of"}}));
  ASSERT_THAT(facet, SizeIs(1));
  EXPECT_THAT(facet[0].message, HasSubstr("facet as_of has the name of an option"));
  EXPECT_THAT(
      KindRun(notes(), kChanges).ask("search", {{"text", "a"}, {"in", "x"}}).error().message,
      HasSubstr("in: x is not one of the fields"));
}

}  // namespace
}  // namespace daybook::views::search
