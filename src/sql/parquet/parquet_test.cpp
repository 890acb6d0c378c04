// Parquet files as they are written, merged and read here. What DuckDB writes is also read by
// another implementation: tests/scenarios/test_columnar_view.py.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <filesystem>
#include <numeric>

#include "sql/parquet/parquet_merge.h"
#include "sql/parquet/parquet_reader.h"
#include "sql/parquet/parquet_writer.h"

namespace daybook::sql {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{60};

class Parquet : public ::testing::Test {
 protected:
  Parquet() {
    std::string pattern = std::filesystem::temp_directory_path() / "daybook_parquet_XXXXXX";
    folder_ = mkdtemp(pattern.data());
    table_.name = "t";
    table_.columns = {{"id", {TypeId::kBigint}}, {"note", {TypeId::kVarchar}}};
  }
  ~Parquet() override { std::filesystem::remove_all(folder_); }

  // A file of rows (first, "row <first>"), …; returns its path.
  std::string write(const std::string& name, int first, int count) {
    auto writer =
        ParquetWriter::open(folder_, {{"id", {TypeId::kBigint}}, {"note", {TypeId::kVarchar}}});
    EXPECT_TRUE(writer) << writer.error().message;
    std::deque<Cell> cells;
    for (int i = 0; i < count; ++i) {
      cells.emplace_back().set_integer(first + i);
      (*writer)->waiting().push(0, cells.back());
      cells.emplace_back().set_text("a row with the number " + std::to_string(first + i));
      (*writer)->waiting().push(1, cells.back());
    }
    std::vector<std::uint32_t> all(static_cast<std::size_t>(count));
    std::iota(all.begin(), all.end(), 0U);
    const auto path = folder_ + "/" + name;
    const auto written = (*writer)->write(all, path);
    EXPECT_TRUE(written) << written.error().message;
    return path;
  }

  // The first column of what a SELECT gives.
  Result<std::vector<std::int64_t>> select(const std::string& sql,
                                           steady_clock::time_point deadline = steady_clock::now() +
                                                                               kPatience,
                                           std::size_t limit = 1'000'000) {
    DAYBOOK_TRY(auto reader, ParquetReader::open({.folders = {folder_}}));
    DAYBOOK_TRY_VOID(reader->show(table_));
    DAYBOOK_TRY(auto selected, reader->select(sql, deadline));
    std::vector<std::int64_t> values;
    Cell cell;
    while (values.size() < limit) {
      DAYBOOK_TRY(const bool has_chunk, selected->rows->next_chunk());
      if (!has_chunk) break;
      for (std::size_t i = 0; i < selected->rows->row_count(); ++i) {
        selected->rows->read(0, i, cell);
        values.push_back(static_cast<std::int64_t>(cell.integer));
      }
    }
    return values;
  }

  std::string folder_;
  ParquetTable table_;
};

using Numbers = std::vector<std::int64_t>;

TEST_F(Parquet, RowsAreReadAsTheyWereWritten) {
  table_.files = {write("a.parquet", 1, 3), write("b.parquet", 10, 2)};
  EXPECT_EQ(select("SELECT id FROM t").value(), (Numbers{1, 2, 3, 10, 11}));
  EXPECT_EQ(select("SELECT id FROM t WHERE note = 'a row with the number 10'").value(),
            Numbers{10});
}

TEST_F(Parquet, ATableWithoutFilesIsEmpty) {
  EXPECT_EQ(select("SELECT id FROM t").value(), Numbers{});
}

TEST_F(Parquet, ValuesOfFoldersAreColumns) {
  std::filesystem::create_directories(folder_ + "/day=2026-01-01");
  std::filesystem::create_directories(folder_ + "/day=" + kNullFolder);
  table_.columns.push_back({"day", {TypeId::kDate}});
  table_.folder_columns = {"day"};
  table_.files = {write("day=2026-01-01/a.parquet", 1, 2),
                  write(std::string("day=") + kNullFolder + "/b.parquet", 3, 1)};
  EXPECT_EQ(select("SELECT id FROM t WHERE day = DATE '2026-01-01'").value(), (Numbers{1, 2}));
  EXPECT_EQ(select("SELECT id FROM t WHERE day IS NULL").value(), Numbers{3});
}

TEST_F(Parquet, AMergeKeepsTheOrder) {
  const auto a = write("a.parquet", 5, 200);
  const auto b = write("b.parquet", 1, 4);
  const auto merge = ParquetMerge::open(folder_).value();
  EXPECT_EQ(merge->run({a, b}, folder_ + "/ab.parquet").value(), 204);
  table_.files = {a, b};
  const auto apart = select("SELECT id FROM t").value();
  table_.files = {folder_ + "/ab.parquet"};
  EXPECT_EQ(select("SELECT id FROM t").value(), apart);
}

TEST_F(Parquet, OnlySelectsOverTheFilesAreAllowed) {
  table_.files = {write("a.parquet", 1, 3)};
  const auto target = folder_ + "/c.parquet";
  const std::vector<std::string> refused = {"COPY t TO '" + target + "' (FORMAT parquet)",
                                            "DROP VIEW t",
                                            "CREATE TABLE x (a INT)",
                                            "SELECT * FROM read_text('/etc/passwd')",
                                            "SELECT * FROM read_text('" + folder_ + "/../x')",
                                            "SELECT * FROM glob('/etc/*')",
                                            "SET threads = 8",
                                            "ATTACH '/tmp/x.db'",
                                            "SELECT 1; SELECT 2",
                                            "EXPLAIN ANALYZE SELECT 1",
                                            "PRAGMA threads = 8",
                                            "INSTALL httpfs",
                                            "nonsense"};
  for (const auto& sql : refused) {
    const auto answer = select(sql);
    ASSERT_FALSE(answer) << sql;
    EXPECT_EQ(answer.error().code, ErrorCode::kInvalid) << sql << ": " << answer.error().message;
  }
  EXPECT_FALSE(std::filesystem::exists(target));
  EXPECT_EQ(select("SELECT id FROM t").value().size(), 3U);
}

TEST_F(Parquet, WhatGoesThroughJsonLevelByLevelIsRefused) {
  table_.files = {write("a.parquet", 1, 3)};
  const std::string deep = "(repeat('[', 300000) || repeat(']', 300000))";
  const std::string structure = "json_structure(" + deep + ")";
  const std::vector<std::string> refused = {
      structure,
      "system.main.\"JSON_Structure\"(" + deep + ")",
      "(SELECT max(" + structure + ") FROM t)",
      "list_transform([1], x -> " + structure + ")",
      deep + ".json_contains('1')",
      "json_transform('1', " + deep + ")",
      "json_merge_patch(" + deep + ", " + deep + ")",
      deep + "::JSON::VARIANT",
      "variant_typeof(" + deep + "::JSON)",
      "x FROM query('SELECT json_structure(repeat(''['', 300000)) AS x')",
  };
  for (const auto& sql : refused) {
    const auto answer = select("SELECT " + sql);
    ASSERT_FALSE(answer) << sql;
    EXPECT_THAT(answer.error().message, testing::HasSubstr("cannot be used in a query")) << sql;
  }
  for (const std::string start : {"EXPLAIN ", "CREATE TABLE x AS ", "PREPARE x AS "}) {
    EXPECT_FALSE(select(start + "SELECT " + structure)) << start;
  }
  EXPECT_EQ(
      select("SELECT 'json_structure(1)', 'a \"function_name\":\"query\"' FROM t").value().size(),
      3U);
}

TEST_F(Parquet, AQueryEndsAtItsDeadline) {
  const auto answer = select("SELECT count(*) FROM range(1000000000000) a, range(1000000000000) b",
                             steady_clock::now() + std::chrono::milliseconds(50));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kTimedOut) << answer.error().message;
}

TEST_F(Parquet, AResultIsReadAsFarAsItIsAskedFor) {
  EXPECT_LT(select("SELECT range FROM range(1000000000000)", steady_clock::now() + kPatience, 10)
                .value()
                .size(),
            100'000U);
}

TEST_F(Parquet, AQueryMayNotTakeMoreMemoryThanItIsGiven) {
  const auto answer = select(
      "SELECT count(*) FROM (SELECT DISTINCT hash(range) FROM "
      "range(100000000))");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kNoSpace) << answer.error().message;
}

TEST_F(Parquet, WhatParquetWouldRoundIsRefused) {
  EXPECT_NE(parquet_fault({TypeId::kHugeint}), "");
  EXPECT_EQ(parquet_fault({TypeId::kBigint}), "");
}

}  // namespace
}  // namespace daybook::sql
