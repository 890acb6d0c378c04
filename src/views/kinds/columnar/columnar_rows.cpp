#include "views/kinds/columnar/columnar_rows.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "views/cell_storage.h"

namespace daybook::views::columnar {
namespace {

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

// Rows as an answer has them, up to the limits.
Status take_rows(const sql::Selected& selected, std::size_t limit, Answer& answer) {
  for (const auto& column : selected.columns) {
    answer.columns.push_back({column.name, to_text(column.type), false});
  }
  std::size_t bytes = 0;
  sql::Cell cell;
  while (true) {
    DAYBOOK_TRY(const bool has_chunk, selected.rows->next_chunk());
    if (!has_chunk) return {};
    for (std::size_t i = 0; i < selected.rows->row_count(); ++i) {
      if (answer.rows.size() >= limit || bytes > kMaxAnswerBytes) {
        answer.truncated = true;
        return {};
      }
      auto& row = answer.rows.emplace_back();
      for (std::size_t c = 0; c < selected.columns.size(); ++c) {
        selected.rows->read(c, i, cell);
        bytes += size_of(row.emplace_back(shown_value(selected.columns[c].type, cell)));
      }
    }
  }
}

// Two versions as the tables "old" and "new" of one reader.
class Comparison {
 public:
  Comparison(std::unique_ptr<sql::ParquetReader> reader, const Difference& difference,
             steady_clock::time_point deadline)
      : reader_(std::move(reader)), deadline_(deadline) {
    for (const auto& column : difference.columns) {
      columns_ += (columns_.empty() ? "" : ", ") + sqlite::quoted(column.name);
    }
  }

  Status show(const sql::ParquetTable& table) { return reader_->show(table); }

  Result<Answer> rows(const std::string& sql, std::size_t limit) {
    DAYBOOK_TRY(const auto selected, reader_->select(sql, deadline_));
    Answer answer;
    DAYBOOK_TRY_VOID(take_rows(*selected, limit, answer));
    return answer;
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
  std::unique_ptr<sql::ParquetReader> reader_;
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

Result<ColumnarRows::Reader> ColumnarRows::take(std::vector<std::string> files) {
  Reader reader;
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      reader = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  const bool is_new = reader.sql == nullptr;
  if (is_new) {
    DAYBOOK_TRY(reader.sql, sql::ParquetReader::open({.folders = {folders_.files()},
                                                      .memory_limit_mb = kQueryMemoryMb}));
  }
  if (!is_new && reader.files == files) return reader;
  DAYBOOK_TRY(const auto table, table_of(info_.name, info_, files));
  DAYBOOK_TRY_VOID(reader.sql->show(table));
  reader.files = std::move(files);
  return reader;
}

void ColumnarRows::give_back(Reader reader) {
  const std::lock_guard lock(mutex_);
  if (idle_.size() < kMaxIdleReaders) idle_.push_back(std::move(reader));
}

Status ColumnarRows::select(sqlite::Database& database, const std::string& sql,
                            const ReadOptions& options, Answer& answer) {
  const auto deadline = steady_clock::now() + options.time_limit;
  DAYBOOK_TRY(auto files, paths_of(database, "main", folders_));
  DAYBOOK_TRY(auto reader, take(std::move(files)));
  {
    DAYBOOK_TRY(const auto selected, reader.sql->select(sql, deadline));
    DAYBOOK_TRY_VOID(take_rows(*selected, std::min(options.row_limit, kMaxRowLimit), answer));
  }
  give_back(std::move(reader));
  return {};
}

Status ColumnarRows::compare(sqlite::Database& both, const std::string& newer_path,
                             const ViewFileInfo& newer, std::size_t samples,
                             std::chrono::milliseconds time_limit, Difference& difference) {
  const DataFolders new_folders(newer_path);
  DAYBOOK_TRY(auto old_files, paths_of(both, "main", folders_));
  DAYBOOK_TRY(auto new_files, paths_of(both, "other", new_folders));
  DAYBOOK_TRY(auto reader,
              sql::ParquetReader::open({.folders = {folders_.files(), new_folders.files()},
                                        .memory_limit_mb = kDiffMemoryMb,
                                        .spill_folder = new_folders.work() + "/compare"}));
  Comparison comparison(std::move(reader), difference, steady_clock::now() + time_limit);
  DAYBOOK_TRY(const auto old_table, table_of(kOld, info_, std::move(old_files)));
  DAYBOOK_TRY(const auto new_table, table_of(kNew, newer, std::move(new_files)));
  DAYBOOK_TRY_VOID(comparison.show(old_table));
  DAYBOOK_TRY_VOID(comparison.show(new_table));
  DAYBOOK_TRY(difference.old_rows, comparison.count(kOld));
  DAYBOOK_TRY(difference.new_rows, comparison.count(kNew));
  DAYBOOK_TRY(difference.missing, comparison.count(comparison.only_in(kOld, kNew)));
  DAYBOOK_TRY(difference.extra, comparison.count(comparison.only_in(kNew, kOld)));
  return add_samples(comparison, samples, difference);
}

}  // namespace daybook::views::columnar
