#include "views/kinds/columnar/columnar_rows.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace daybook::views::columnar {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

Result<std::vector<std::string>> paths_of(sqlite::Database& database, const std::string& schema,
                                          const DataFolders& folders) {
  DAYBOOK_TRY(const auto files, read_data_files(database, schema));
  std::vector<std::string> paths;
  for (const auto& file : files) paths.push_back(folders.path(file));
  return paths;
}

Result<sql::ParquetTable> table_of(const std::string& name, const ViewFileInfo& info,
                                   std::vector<std::string> files) {
  sql::ParquetTable table{
      .name = name, .columns = {}, .folder_columns = {}, .files = std::move(files)};
  const auto definition = nlohmann::json::parse(info.definition, nullptr, false);
  const nlohmann::json::json_pointer partition_by("/options/partition_by");
  if (definition.is_object() && definition.contains(partition_by)) {
    table.folder_columns = definition[partition_by].get<std::vector<std::string>>();
  }
  for (const auto& column : info.columns) {
    DAYBOOK_TRY(const auto type, sql::parse_type(column.type));
    table.columns.push_back({column.name, type});
  }
  return table;
}

// Two versions as the tables "old" and "new" of one job, which is asked one thing after the other.
class Comparison {
 public:
  Comparison(QueryPool& pool, QueryJob job, const Difference& difference)
      : pool_(pool), job_(std::move(job)), deadline_(steady_clock::now() + job_.time_limit) {
    for (const auto& column : difference.columns) {
      columns_ += (columns_.empty() ? "" : ", ") + sqlite::quoted(column.name);
    }
  }

  Result<Answer> rows(const std::string& sql, std::size_t limit) {
    job_.sql = sql;
    job_.row_limit = limit;
    job_.time_limit = std::chrono::ceil<milliseconds>(deadline_ - steady_clock::now());
    if (job_.time_limit > milliseconds(0)) return pool_.run(job_);
    return fail(ErrorCode::kTimedOut, "the comparison was not over in time");
  }

  Result<std::int64_t> count(const std::string& of) {
    DAYBOOK_TRY(const auto answer, rows("SELECT count(*) FROM " + of, 1));
    return std::get<std::int64_t>(answer.rows.at(0).at(0));
  }

  // What table `one` has and `other` has not, as often as it has it more often.
  std::string only_in(const std::string& one, const std::string& other) const {
    return "(SELECT " + columns_ + " FROM " + one + " EXCEPT ALL SELECT " + columns_ + " FROM " +
           other + ")";
  }

 private:
  QueryPool& pool_;
  QueryJob job_;
  const steady_clock::time_point deadline_;
  std::string columns_;
};

constexpr const char* kOld = "daybook_old";
constexpr const char* kNew = "daybook_new";

Status add_samples(Comparison& comparison, std::size_t samples, Difference& difference) {
  using What = DifferenceSample::What;
  const auto add = [&](What what, const std::string& from) -> Status {
    DAYBOOK_TRY(
        auto answer,
        comparison.rows("SELECT * FROM " + from + " LIMIT " + std::to_string(samples), samples));
    for (auto& row : answer.rows) {
      auto& sample = difference.samples.emplace_back();
      sample.what = what;
      (what == What::kMissing ? sample.old_row : sample.new_row) = std::move(row);
    }
    return {};
  };
  if (difference.missing > 0) {
    DAYBOOK_TRY_VOID(add(What::kMissing, comparison.only_in(kOld, kNew)));
  }
  if (difference.extra > 0) DAYBOOK_TRY_VOID(add(What::kExtra, comparison.only_in(kNew, kOld)));
  return {};
}

}  // namespace

Status ColumnarRows::select(sqlite::Database& database, const std::string& sql,
                            const ReadOptions& options, Answer& answer) {
  DAYBOOK_TRY(auto files, paths_of(database, "main", folders_));
  DAYBOOK_TRY(auto table, table_of(info_.name, info_, std::move(files)));
  auto rows =
      pool_->run({.reader = {.folders = {folders_.files()}, .memory_limit_mb = kQueryMemoryMb},
                  .tables = {std::move(table)},
                  .sql = sql,
                  .row_limit = options.row_limit,
                  .time_limit = options.time_limit});
  if (!rows) {
    auto& error = rows.error();
    if (error.code == ErrorCode::kNoSpace) {
      error.message += ": narrow it, or read the Parquet files in " + folders_.shown() +
                       " with a DuckDB of your own";
    }
    return std::unexpected(std::move(error));
  }
  answer.columns = std::move(rows->columns);
  answer.rows = std::move(rows->rows);
  answer.truncated = rows->truncated;
  return {};
}

Status ColumnarRows::compare(sqlite::Database& both, const std::string& newer_path,
                             const ViewFileInfo& newer, std::size_t samples,
                             std::chrono::milliseconds time_limit, Difference& difference) {
  const DataFolders new_folders(newer_path);
  DAYBOOK_TRY(auto old_files, paths_of(both, "main", folders_));
  DAYBOOK_TRY(auto new_files, paths_of(both, "other", new_folders));
  DAYBOOK_TRY(auto old_table, table_of(kOld, info_, std::move(old_files)));
  DAYBOOK_TRY(auto new_table, table_of(kNew, newer, std::move(new_files)));
  Comparison comparison(*pool_,
                        {.reader = {.folders = {folders_.files(), new_folders.files()},
                                    .memory_limit_mb = kDiffMemoryMb,
                                    .spill_folder = new_folders.work() + "/compare"},
                         .tables = {std::move(old_table), std::move(new_table)},
                         .time_limit = time_limit},
                        difference);
  DAYBOOK_TRY(difference.old_rows, comparison.count(kOld));
  DAYBOOK_TRY(difference.new_rows, comparison.count(kNew));
  DAYBOOK_TRY(difference.missing, comparison.count(comparison.only_in(kOld, kNew)));
  DAYBOOK_TRY(difference.extra, comparison.count(comparison.only_in(kNew, kOld)));
  return add_samples(comparison, samples, difference);
}

}  // namespace daybook::views::columnar
