#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "views/kinds/document/document_plan.h"
#include "views/testing/kind_run.h"

namespace daybook::views::document {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using views::testing::change;
using views::testing::KindRun;
using views::testing::Row;
using views::testing::TestEvent;

std::shared_ptr<const ViewPlan> plan(DocumentOptions options) {
  return make_document_plan(std::move(options));
}

const client::Schema kChanges{client::Envelope::kDebezium,
                              {{"id", "BIGINT", true}, {"city", "VARCHAR"}}};

std::string customer(int id, const std::string& city) {
  return R"({"id":)" + std::to_string(id) + R"(,"city":")" + city + R"("})";
}

TEST(Document, ChangesPutReplaceAndRemove) {
  KindRun run(plan({.key = {"id"}}), kChanges);
  EXPECT_THAT(run.apply({change("1", "c", "null", customer(1, "Bern")),
                         change("2", "r", "null", customer(2, "Ulm")),
                         change("1", "u", customer(1, "Bern"), customer(1, "Rom")),
                         change("2", "d", customer(2, "Ulm"), "null"),
                         {"2", std::nullopt},
                         change("3", "c", "null", customer(3, "Bonn")),
                         change("3", "u", customer(3, "Bonn"), customer(4, "Bonn"))}),
              IsEmpty());
  EXPECT_THAT(run.rows("SELECT id, document FROM v ORDER BY id"),
              ElementsAre(Row{std::int64_t{1}, customer(1, "Rom")},
                          Row{std::int64_t{4}, customer(4, "Bonn")}));
  EXPECT_THAT(run.find({"1"}), ElementsAre(Row{std::int64_t{1}, customer(1, "Rom")}));
  EXPECT_THAT(run.find({"2"}), IsEmpty());
  EXPECT_EQ(run.row_count(), 2);
}

TEST(Document, AnEventKeepsEveryDigitAndField) {
  KindRun run(plan({.key = {"id"}}), {});
  const std::string value =
      R"({"id":"a","n":12345678901234567890.120,"deep":{"x":[1,{"y":"\u00e9"}]}})";
  EXPECT_THAT(run.apply({{"a", value}}), IsEmpty());
  EXPECT_THAT(run.find({"a"}), ElementsAre(Row{"a", value}));
}

TEST(Document, APatchChangesWhatItNamesAndRemovesWhatItNulls) {
  // The cases of RFC 7396, appendix A, that are objects.
  const std::vector<std::array<std::string, 3>> cases = {
      {R"("a":"b")", R"("a":"c")", R"("a":"c")"},
      {R"("a":"b")", R"("b":"c")", R"("a":"b","b":"c")"},
      {R"("a":"b")", R"("a":null)", ""},
      {R"("a":"b","b":"c")", R"("a":null)", R"("b":"c")"},
      {R"("a":["b"])", R"("a":"c")", R"("a":"c")"},
      {R"("a":"c")", R"("a":["b"])", R"("a":["b"])"},
      {R"("a":{"b":"c"})", R"("a":{"b":"d","c":null})", R"("a":{"b":"d"})"},
      {R"("a":[{"b":"c"}])", R"("a":[1])", R"("a":[1])"},
      {R"("e":null)", R"("a":1)", R"("a":1)"},
      {R"("x":1)", R"("a":{"bb":{"ccc":null}})", R"("x":1,"a":{"bb":{}})"},
  };
  for (const auto& [target, patch, result] : cases) {
    SCOPED_TRACE(target + " and " + patch);
    KindRun run(plan({.key = {"id"}, .mode = Mode::kMerge}), {});
    EXPECT_THAT(
        run.apply({{"k", R"({"id":1,)" + target + "}"}, {"k", R"({"id":1,)" + patch + "}"}}),
        IsEmpty());
    const auto wanted = R"({"id":1)" + (result.empty() ? "" : "," + result) + "}";
    EXPECT_THAT(run.find({"1"}), ElementsAre(Row{"1", wanted}));
  }
}

TEST(Document, ATombstoneRemovesTheDocumentThatItsKeyNames) {
  KindRun run(plan({.key = {"id"}}), {});
  EXPECT_THAT(run.apply({{"1", customer(1, "a")},
                         {"2", customer(2, "b")},
                         {"3", customer(3, "c")},
                         {"4", customer(4, "d")},
                         {"1", std::nullopt},
                         {R"({"id":2})", std::nullopt},
                         {R"("3")", std::nullopt},
                         {"9", std::nullopt}}),
              IsEmpty());
  EXPECT_THAT(run.rows("SELECT id FROM v"), ElementsAre(Row{"4"}));
  EXPECT_EQ(run.row_count(), 1);
}

TEST(Document, WhatHasNoKeyOrIsNoJsonIsRejectedAlone) {
  KindRun run(plan({.key = {"id", "place.zip"}}), {});
  const std::string good = R"({"id":1,"place":{"zip":"10115"}})";
  const auto rejected = run.apply({{"k", "{"},
                                   {"k", "[1]"},
                                   {"k", R"({"id":1})"},
                                   {"k", R"({"id":1.5,"place":{"zip":"1"}})"},
                                   {"k", "{\"id\":\"\xff\",\"place\":{\"zip\":\"1\"}}"},
                                   {std::nullopt, std::nullopt},
                                   {"1", std::nullopt},
                                   {"k", std::string(5'000, '[') + std::string(5'000, ']')},
                                   {"k", good}});
  ASSERT_THAT(rejected, SizeIs(8));
  EXPECT_THAT(rejected[0], HasSubstr("0: not JSON: parse error at line 1, column 2"));
  EXPECT_EQ(rejected[1], "1: the value is not a JSON object");
  EXPECT_EQ(rejected[2], "2: key place.zip is missing or null");
  EXPECT_EQ(rejected[3], "3: key id is neither a whole number nor text");
  EXPECT_THAT(rejected[4], HasSubstr("4: not JSON"));
  EXPECT_EQ(rejected[5], "5: a tombstone without a key removes nothing");
  EXPECT_EQ(rejected[6], "6: the tombstone's key is not a JSON object with the view's key");
  EXPECT_EQ(rejected[7], "7: the JSON is nested too deeply");
  EXPECT_THAT(run.find({"1", "10115"}), ElementsAre(Row{"1", "10115", good}));
}

TEST(Document, AChangeWithoutTheRowThatItNeedsIsRejected) {
  KindRun run(plan({.key = {"id"}}), kChanges);
  EXPECT_THAT(
      run.apply({change("1", "d", "null", "null"),
                 change("1", "u", "null", "null"),
                 change("1", "t", "null", "null"),
                 change("1", "x", "null", "null"),
                 {"1", customer(1, "a")},
                 change("1", "m", "null", "null"),
                 change("1", "u", "null", customer(1, "b"))}),
      ElementsAre("0: op d has not the row that it must have",
                  "1: op u has not the row that it must have",
                  "2: a TRUNCATE does not say which rows went",
                  "3: op x is not one of c, r, u, d, t, m", "4: not a change event: it has no op"));
  EXPECT_THAT(run.find({"1"}), ElementsAre(Row{std::int64_t{1}, customer(1, "b")}));
}

TEST(Document, DocumentsAreFoundByIndexedPaths) {
  KindRun run(plan({.key = {"id"}, .index = {"city", "address.zip", "vip"}}), {});
  EXPECT_THAT(run.apply({{"1", R"({"id":1,"city":"Rom","address":{"zip":10115},"vip":true})"},
                         {"2", R"({"id":2,"city":"Rom","address":{"zip":"10115"}})"},
                         {"3", R"({"id":3,"city":"Ulm","address":{"zip":10115}})"}}),
              IsEmpty());
  const auto ids = [&](std::vector<std::pair<std::string, std::string>> arguments) {
    std::string text;
    const auto answer = run.ask("find", std::move(arguments)).value();
    for (const auto& row : answer.rows) {
      text += std::get<std::string>(row[0]);
    }
    return text;
  };
  EXPECT_EQ(ids({{"city", "Rom"}}), "12");
  EXPECT_EQ(ids({{"address.zip", "10115"}}), "123");
  EXPECT_EQ(ids({{"address.zip", "10115"}, {"city", "Ulm"}}), "3");
  EXPECT_EQ(ids({{"vip", "true"}}), "1");
  EXPECT_EQ(run.ask("find", {}).error().code, ErrorCode::kInvalid);
  EXPECT_THAT(run.ask("find", {{"street", "x"}}).error().message, HasSubstr("[city=...]"));
  const auto steps = run.rows("EXPLAIN QUERY PLAN SELECT id FROM v WHERE city = 'Rom'");
  EXPECT_THAT(std::get<std::string>(steps.at(0).at(3)), HasSubstr("daybook_path_0"));
}

TEST(Document, BetweenPartitionsTheLaterOneStays) {
  KindRun run(plan({.key = {"id"}}), {});
  EXPECT_THAT(run.apply({{"1", customer(1, "late"), 20, 1}, {"1", customer(1, "early"), 10, 0}}),
              IsEmpty());
  EXPECT_THAT(run.find({"1"}), ElementsAre(Row{"1", customer(1, "late")}));
}

TEST(Document, TheCutOfBatchesChangesNothing) {
  std::mt19937 random(11);
  std::vector<TestEvent> changes;
  std::vector<TestEvent> patches;
  std::vector<std::string> table(20, "null");
  for (int i = 0; i < 300; ++i) {
    const auto id = random() % table.size();
    const auto key = std::to_string(id);
    auto next = random() % 4 == 0 ? "null" : customer(int(id), std::to_string(random() % 9));
    if (table[id] == "null" && next == "null") continue;
    const char* op = table[id] == "null" ? "c" : next == "null" ? "d" : "u";
    changes.push_back(change(key, op, table[id], next));
    table[id] = next;
    if (random() % 50 == 0) changes.push_back({key, "poison"});
    if (random() % 8 == 0) {
      patches.push_back({key, std::nullopt});
    } else {
      const auto field = std::to_string(random() % 5);
      const auto value = random() % 3 == 0 ? "null" : std::to_string(random() % 100);
      patches.push_back({key, R"({"id":)" + key + R"(,"f)" + field + R"(":)" + value + "}"});
    }
  }
  const auto sql = "SELECT * FROM v ORDER BY id";
  expect_same_however_cut([] { return plan({.key = {"id"}, .index = {"city"}}); }, kChanges,
                          changes, sql);
  expect_same_however_cut([] { return plan({.key = {"id"}, .mode = Mode::kMerge}); }, {}, patches,
                          sql);
}

TEST(Document, FaultyPathsAreNamed) {
  ViewSpec spec{"v", "t", "t", std::nullopt};
  const auto faults = check(spec, *plan({.key = {"a..b", "id"}, .index = {"id", "document"}}));
  ASSERT_THAT(faults, SizeIs(3));
  EXPECT_THAT(faults[0].message, HasSubstr("view v: \"a..b\" is not a path"));
  EXPECT_THAT(faults[1].message, HasSubstr("path id is there twice"));
  spec.declared = client::Schema{client::Envelope::kPlain, {{"nr", "BIGINT"}}};
  EXPECT_THAT(check(spec, *plan({.key = {"id"}})),
              ElementsAre(::testing::Field(&Error::message,
                                           "view v: path id: topic t declares no column id")));
}

}  // namespace
}  // namespace daybook::views::document
