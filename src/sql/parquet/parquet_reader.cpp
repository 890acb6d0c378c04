#include "sql/parquet/parquet_reader.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "sql/duckdb/duck_rows.h"
#include "sql/duckdb/duck_session.h"
#include "sql/parquet/parquet_copy.h"
#include "sql/parquet/query_guard.h"
#include "sql/select/expression_tree.h"

namespace daybook::sql {
namespace {

using TimePoint = std::chrono::steady_clock::time_point;

// DuckDB forgets an interruption that comes between two steps of a query.
constexpr std::chrono::milliseconds kInterruptAgain{20};

// Interrupts the session from the deadline on, as long as it lives.
class Watch {
 public:
  Watch(DuckSession& session, TimePoint deadline)
      : thread_([this, &session, deadline](const std::stop_token& stop) {
          std::unique_lock lock(mutex_);
          over_.wait_until(lock, stop, deadline, [] { return false; });
          while (!stop.stop_requested()) {
            is_late_ = true;
            session.interrupt();
            over_.wait_for(lock, stop, kInterruptAgain, [] { return false; });
          }
        }) {}

  bool is_late() const {
    const std::lock_guard lock(mutex_);
    return is_late_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable_any over_;
  bool is_late_ = false;
  std::jthread thread_;  // the last, so that it ends first
};

std::unexpected<Error> explained(Error error, const Watch& watch) {
  if (watch.is_late()) error.code = ErrorCode::kTimedOut;
  if (error.code == ErrorCode::kNoSpace) {
    error.message =
        "the query needs more memory than it may take: narrow it (" + error.message + ")";
  }
  return std::unexpected(std::move(error));
}

class WatchedRows final : public Rows {
 public:
  WatchedRows(std::unique_ptr<Watch> watch, QueryResult result,
              const std::vector<ResultColumn>& columns)
      : rows_(std::move(result), columns), watch_(std::move(watch)) {}

  Result<bool> next_chunk() override {
    auto has_chunk = rows_.next_chunk();
    if (!has_chunk) return explained(std::move(has_chunk.error()), *watch_);
    return has_chunk;
  }
  std::size_t row_count() const override { return rows_.row_count(); }
  void read(std::size_t column, std::size_t row, Cell& cell) const override {
    rows_.read(column, row, cell);
  }

 private:
  DuckRows rows_;
  std::unique_ptr<Watch> watch_;
};

// A column as the table shows it.
std::string shown_column(const ParquetTable& table, const ResultColumn& column) {
  const auto name = quoted_name(column.name);
  const auto type = to_text(column.type);
  if (table.files.empty()) return "CAST(NULL AS " + type + ") AS " + name;
  const bool is_in_folder =
      std::ranges::find(table.folder_columns, column.name) != table.folder_columns.end();
  const auto value =
      is_in_folder ? "nullif(" + name + ", " + text_literal(kNullFolder) + ")" : name;
  return "CAST(" + value + " AS " + type + ") AS " + name;
}

class DuckParquetReader final : public ParquetReader {
 public:
  Status open(const ParquetReaderOptions& options) {
    DAYBOOK_TRY_VOID(session_.open({.memory_limit_mb = options.memory_limit_mb,
                                    .folders = options.folders,
                                    .spill_folder = options.spill_folder}));
    return session_.execute("SET lock_configuration = true");
  }

  Status show(const ParquetTable& table) override {
    std::string list;
    for (const auto& column : table.columns) {
      list += (list.empty() ? "" : ", ") + shown_column(table, column);
    }
    auto sql = "CREATE OR REPLACE VIEW " + quoted_name(table.name) + " AS SELECT " + list;
    if (table.files.empty()) {
      sql += " WHERE false";
    } else {
      sql += " FROM read_parquet(" + file_list(table.files) + ", hive_types_autocast = false, " +
             "hive_partitioning = " + (table.folder_columns.empty() ? "false" : "true") + ")";
    }
    return session_.execute(sql);
  }

  Result<std::unique_ptr<Selected>> select(const std::string& sql, TimePoint deadline) override {
    DAYBOOK_TRY_VOID(check_query(session_, sql));
    auto watch = std::make_unique<Watch>(session_, deadline);
    auto prepared = prepare_sql(session_.connection(), sql);
    if (!prepared) return explained(std::move(prepared.error()), *watch);
    if (duckdb_prepared_statement_type(prepared->get()) != DUCKDB_STATEMENT_TYPE_SELECT) {
      return fail(ErrorCode::kInvalid, "SQL: only SELECT is allowed");
    }
    auto selected = std::make_unique<Selected>();
    DAYBOOK_TRY(selected->columns, result_columns(prepared->get()));
    QueryResult result;
    auto* raw = result.out();
    // The C interface has no other way to a result that is read as it is computed.
    if (duckdb_execute_prepared_streaming(prepared->get(), raw) != DuckDBSuccess) {
      return explained(run_error(*raw), *watch);
    }
    selected->rows =
        std::make_unique<WatchedRows>(std::move(watch), std::move(result), selected->columns);
    return selected;
  }

 private:
  DuckSession session_;
};

}  // namespace

Result<std::unique_ptr<ParquetReader>> ParquetReader::open(const ParquetReaderOptions& options) {
  auto reader = std::make_unique<DuckParquetReader>();
  DAYBOOK_TRY_VOID(reader->open(options));
  return reader;
}

}  // namespace daybook::sql
