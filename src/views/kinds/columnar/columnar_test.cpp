// What a columnar view shows, in which files, and what becomes of them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "io/file_system.h"
#include "views/kinds/columnar/columnar_plan.h"
#include "views/kinds/columnar/merge_choice.h"
#include "views/testing/kind_run.h"

namespace daybook::views::columnar {
namespace {

using testing::change;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::KindRun;
using testing::Row;
using testing::TestEvent;
using ::testing::UnorderedElementsAre;

client::Schema payments(client::Envelope envelope = client::Envelope::kPlain) {
  return {envelope,
          {{"id", "BIGINT", true},
           {"city", "VARCHAR"},
           {"amount", "DECIMAL(18,2)"},
           {"paid_at", "TIMESTAMP"}}};
}

TestEvent payment(int id, const std::string& city, std::int32_t partition = 0) {
  return {std::to_string(id),
          R"({"id":)" + std::to_string(id) + R"(,"city":)" + city + R"(,"amount":"1.50",)" +
              R"("paid_at":"2026-11-25T10:00:00Z"})",
          id, partition};
}

std::shared_ptr<const ViewPlan> plan(const std::string& sql,
                                     std::vector<std::string> partition_by = {}) {
  return make_columnar_plan({.sql = sql, .partition_by = std::move(partition_by)});
}

// The files that anybody sees who looks below the version's folder, by their paths below it.
std::vector<std::string> shown_files(const KindRun& run) {
  std::vector<std::string> found;
  const std::filesystem::path root = run.folder() + "/v1";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.is_regular_file()) found.push_back(entry.path().lexically_relative(root));
  }
  std::ranges::sort(found);
  return found;
}

std::string file(int partition, int begin, int end) {
  return data_file_name(1, partition, begin, end);
}

TEST(Columnar, EachEventIsARow) {
  KindRun run(
      plan("SELECT id, upper(city) AS city, amount, paid_at::DATE AS day FROM t WHERE id <> "
           "2"),
      payments());
  const auto rejected = run.apply({payment(1, "\"Bern\""),
                                   payment(2, "\"Bonn\""),
                                   payment(3, "null"),
                                   {"4", "no"},
                                   {"5", std::nullopt}});
  ASSERT_EQ(rejected.size(), 1U);
  EXPECT_THAT(rejected[0], ::testing::StartsWith("3: "));
  EXPECT_THAT(run.rows("SELECT * FROM v ORDER BY id"),
              ElementsAre(Row{std::int64_t{1}, "BERN", "1.50", "2026-11-25"},
                          Row{std::int64_t{3}, std::monostate(), "1.50", "2026-11-25"}));
  EXPECT_EQ(run.row_count(), 2);
}

TEST(Columnar, RowsAreTheSameHoweverCut) {
  std::vector<TestEvent> events;
  for (int i = 0; i < 40; ++i) events.push_back(payment(i, i % 3 == 0 ? "\"a\"" : "\"b\"", i % 2));
  events.push_back({"x", "not json"});
  expect_same_however_cut([] { return plan("SELECT id, city FROM t", {"city"}); }, payments(),
                          events, "SELECT id, city FROM v ORDER BY id");
}

TEST(Columnar, FilesAreNamedByWhatTheyHold) {
  KindRun run(plan("SELECT id, city FROM t", {"city"}), payments());
  run.apply({payment(1, "\"Bern\""), payment(2, "\"Genf/Ouest\""), payment(3, "\"Bern\"", 7)});
  run.apply({payment(4, "null"), payment(5, "\"\"")});
  EXPECT_THAT(shown_files(run),
              UnorderedElementsAre("city=Bern/" + file(0, 0, 2), "city=Bern/" + file(7, 0, 1),
                                   "city=Genf%2FOuest/" + file(0, 0, 2),
                                   "city=__HIVE_DEFAULT_PARTITION__/" + file(0, 2, 4)));
  EXPECT_THAT(run.rows("SELECT city, count(*) FROM v GROUP BY city ORDER BY city NULLS FIRST"),
              ElementsAre(Row{std::monostate(), std::int64_t{2}}, Row{"Bern", std::int64_t{2}},
                          Row{"Genf/Ouest", std::int64_t{1}}));
}

TEST(Columnar, FoldersOfEveryTypeAreReadAsWhatTheyWere) {
  KindRun run(
      plan("SELECT id AS n, id > 1 AS large, paid_at::DATE AS day, paid_at AS at, city FROM t",
           {"large", "day", "at", "city"}),
      payments());
  run.apply({payment(1, "\"x=1 & y\""), payment(2, "\"%41\"")});
  EXPECT_THAT(
      run.rows("SELECT * FROM v ORDER BY n"),
      ElementsAre(
          Row{std::int64_t{1}, std::int64_t{0}, "2026-11-25", "2026-11-25 10:00:00", "x=1 & y"},
          Row{std::int64_t{2}, std::int64_t{1}, "2026-11-25", "2026-11-25 10:00:00", "%41"}));
}

TEST(Columnar, AValueThatNamesNoFolderIsRejected) {
  KindRun run(plan("SELECT id, city FROM t", {"city"}), payments());
  const auto rejected =
      run.apply({payment(1, "\"" + std::string(300, 'x') + "\""), payment(2, "\"Bern\"")});
  ASSERT_EQ(rejected.size(), 1U);
  EXPECT_THAT(rejected[0], HasSubstr("too long for the name of a folder"));
  EXPECT_EQ(run.row_count(), 1);
}

TEST(Columnar, OfACapturedTableTheRowAfterEachChangeIsThere) {
  const std::string one = R"({"id":1,"city":"Bern","amount":"1.00"})";
  const std::string two = R"({"id":1,"city":"Bonn","amount":"2.00"})";
  const std::vector<TestEvent> events = {change("1", "c", "null", one), change("1", "u", one, two),
                                         change("1", "d", two, "null")};
  KindRun after(plan("SELECT city, amount FROM t"), payments(client::Envelope::kDebezium));
  after.apply(events);
  EXPECT_THAT(after.rows("SELECT * FROM v ORDER BY amount"),
              ElementsAre(Row{"Bern", "1.00"}, Row{"Bonn", "2.00"}));
  KindRun both(plan("SELECT amount, _sign AS change FROM t"),
               payments(client::Envelope::kDebezium));
  both.apply(events);
  EXPECT_THAT(
      both.rows("SELECT amount, sum(change)::BIGINT FROM v GROUP BY amount ORDER BY amount"),
      ElementsAre(Row{"1.00", std::int64_t{0}}, Row{"2.00", std::int64_t{0}}));
}

TEST(Columnar, WhatNobodyNamesIsRemovedAndWhatIsNamedIsShown) {
  KindRun run(plan("SELECT id, city FROM t", {"city"}), payments());
  run.apply({payment(1, "\"Bern\""), payment(2, "\"Bonn\"")});
  const auto before = shown_files(run);
  const auto kept = run.folder() + "/v1.files/";
  // As a crash leaves it: a file that is written and not named, files that are named and not shown.
  std::filesystem::copy_file(kept + before[0], kept + "city=Bern/" + file(0, 5, 6));
  std::filesystem::remove(run.folder() + "/v1/" + before[1]);
  // And files that would count twice.
  std::filesystem::copy_file(kept + before[0], run.folder() + "/v1/x.parquet");
  std::filesystem::copy_file(kept + before[0], run.folder() + "/v1/city=Bern/" + file(0, 0, 1));
  run.apply({payment(3, "\"Bern\"")}, 1, true);
  auto expected = before;
  expected.push_back("city=Bern/" + file(0, 2, 3));
  EXPECT_THAT(shown_files(run), ::testing::UnorderedElementsAreArray(expected));
  EXPECT_FALSE(std::filesystem::exists(kept + "city=Bern/" + file(0, 5, 6)));
  EXPECT_EQ(run.rows("SELECT id FROM v ORDER BY id").size(), 3U);
}

TEST(Columnar, AMissingFileIsNamed) {
  KindRun run(plan("SELECT id FROM t"), payments());
  run.apply({payment(1, "null")});
  std::filesystem::remove(run.folder() + "/v1.files/" + file(0, 0, 1));
  const auto opened = run.try_open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kCorrupt);
  EXPECT_THAT(opened.error().message, HasSubstr(file(0, 0, 1)));
}

TEST(Columnar, FilesAreListedWithWhatTheyHold) {
  KindRun run(plan("SELECT id FROM t"), payments());
  run.apply({payment(1, "null"), payment(2, "null")});
  const auto answer = run.ask("files", {});
  ASSERT_TRUE(answer) << answer.error().message;
  ASSERT_EQ(answer->rows.size(), 1U);
  EXPECT_EQ(answer->rows[0][1], Value(file(0, 0, 2)));
  EXPECT_EQ(answer->rows[0][5], Value(std::int64_t{2}));
}

TEST(Columnar, WithoutRowsItIsAnEmptyTable) {
  KindRun run(plan("SELECT id, city FROM t", {"city"}), payments());
  EXPECT_TRUE(run.rows("SELECT * FROM v").empty());
  const auto found = run.query("SELECT id + 1 AS next FROM v");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->columns, (std::vector<ResultColumn>{{"next", "BIGINT", false}}));
}

std::string refusal(const std::string& sql, std::vector<std::string> partition_by = {}) {
  ViewSpec spec{"v", "t", "t", payments()};
  const auto faults = plan(sql, std::move(partition_by))->check(spec);
  return faults.empty() ? "" : joined(faults).message;
}

TEST(Columnar, WhatCannotBeWrittenIsRefusedByName) {
  EXPECT_EQ(refusal("SELECT id, paid_at::DATE AS day FROM t", {"day"}), "");
  EXPECT_THAT(refusal("SELECT id::HUGEINT AS n FROM t"), HasSubstr("HUGEINT"));
  EXPECT_THAT(refusal("SELECT id FROM t", {"day"}), HasSubstr("no column day"));
  EXPECT_THAT(refusal("SELECT id, amount FROM t", {"amount"}), HasSubstr("DECIMAL(18,2)"));
  EXPECT_THAT(refusal("SELECT id FROM t", {"id"}), HasSubstr("stay in the files"));
  EXPECT_THAT(refusal("SELECT id, city FROM t", {"city", "City"}), HasSubstr("twice"));
  EXPECT_THAT(refusal("SELECT id, id AS ID FROM t"), HasSubstr("twice"));
  EXPECT_THAT(refusal("SELECT count(*) FROM t"), HasSubstr("count"));
  EXPECT_THAT(refusal("SELECT id FROM t UNION ALL SELECT id FROM t"), HasSubstr("one SELECT"));
  EXPECT_THAT(refusal("SELECT id FROM x"), HasSubstr("x"));
}

std::vector<DataFile> files_of(const std::vector<std::int64_t>& bytes) {
  std::vector<DataFile> files;
  for (const auto size : bytes) {
    DataFile& file = files.emplace_back();
    file.bytes = size;
  }
  return files;
}

TEST(MergeChoice, ManySmallNeighboursAreMerged) {
  std::vector<std::int64_t> sizes(kMergeFiles - 1, 1'000);
  EXPECT_FALSE(choose_merge(files_of(sizes)));
  sizes.push_back(1'000);
  sizes.insert(sizes.begin(), kMediumBytes);
  const auto run = choose_merge(files_of(sizes));
  ASSERT_TRUE(run);
  EXPECT_EQ(run->first, 1U);
  EXPECT_EQ(run->count, kMergeFiles);
}

TEST(MergeChoice, LargeFilesStay) {
  EXPECT_FALSE(choose_merge(files_of(std::vector<std::int64_t>(100, kMediumBytes))));
}

TEST(MergeChoice, WhatIsMergedAtOnceIsBounded) {
  const auto run = choose_merge(files_of(std::vector<std::int64_t>(100, kMediumBytes - 1)));
  ASSERT_TRUE(run);
  EXPECT_LE(std::int64_t(run->count) * (kMediumBytes - 1), kMergeBytes + kMediumBytes);
}

}  // namespace
}  // namespace daybook::views::columnar
