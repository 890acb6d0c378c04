#include "views/version_reader.h"

#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <cstring>

#include "views/cell_storage.h"
#include "views/key_columns.h"
#include "views/life/definition.h"
#include "views/sqlite/decimal_functions.h"
#include "views/sqlite/memory_budget.h"
#include "views/sqlite/text_functions.h"
#include "views/sqlite/values.h"

namespace daybook::views {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kStepsBetweenLooks = 2'000;  // of SQLite's machine, between looks at the time
constexpr int kMaxValueBytes = 16 << 20;   // of one value inside a query
constexpr int kMaxSqlBytes = 1 << 20;

// Lets through what a SELECT over the file needs, and nothing else.
int authorize(void*, int action, const char* of, const char* what, const char*, const char*) {
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE:
      return SQLITE_OK;
    case SQLITE_FUNCTION:
      return what != nullptr && std::strcmp(what, "load_extension") == 0 ? SQLITE_DENY : SQLITE_OK;
    case SQLITE_UPDATE:
      // What SQLite asks of itself when it meets a virtual table. A statement that would change the
      // schema is none that only reads, and is refused as such.
      return std::strcmp(of, "sqlite_master") == 0 ? SQLITE_OK : SQLITE_DENY;
    case SQLITE_PRAGMA:
      // Full-text indexes ask it whether somebody has written since.
      return std::strcmp(of, "data_version") == 0 && what == nullptr ? SQLITE_OK : SQLITE_DENY;
    default:
      return SQLITE_DENY;
  }
}

int is_late(void* deadline) {
  return Clock::now() > *static_cast<const Clock::time_point*>(deadline) ? 1 : 0;
}

std::string comma_separated(const std::vector<ResultColumn>& first,
                            const std::vector<ResultColumn>& then) {
  std::string names;
  for (const auto* columns : {&first, &then}) {
    for (const auto& column : *columns) {
      names += (names.empty() ? "" : ", ") + sqlite::quoted(column.name);
    }
  }
  return names;
}

Result<std::vector<sql::ColumnType>> types_of(const std::vector<ResultColumn>& columns) {
  std::vector<sql::ColumnType> types;
  for (const auto& column : columns) {
    if (column.type.empty()) {
      types.emplace_back();
      continue;
    }
    DAYBOOK_TRY(types.emplace_back(), sql::parse_type(column.type));
  }
  return types;
}

// What is read as text may be stored as what it is: the value at a path of a document.
Status load(const sqlite::Statement& statement, int column, sql::ColumnType type, sql::Cell& cell) {
  if (!type.is_text()) return load_shown(statement, column, type, cell);
  if (statement.type(column) == sqlite::Statement::Type::kNull) {
    cell.set_null();
  } else {
    cell.set_text(statement.text(column));
  }
  return {};
}

}  // namespace

Result<std::shared_ptr<VersionReader>> VersionReader::open(const std::string& path) {
  std::shared_ptr<VersionReader> reader(new VersionReader(path));
  DAYBOOK_TRY(auto connection, reader->take_connection());
  DAYBOOK_TRY(reader->info_, read_info(connection));
  reader->return_connection(std::move(connection));
  const auto* kind = kind_of(reader->info_.definition);
  if (kind != nullptr) reader->outside_ = kind->outside_rows(path, reader->info_);
  return reader;
}

Result<sqlite::Database> VersionReader::take_connection() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
  }
  DAYBOOK_TRY(auto connection, sqlite::Database::open(path_, sqlite::Database::Mode::kReadOnly));
  DAYBOOK_TRY_VOID(connection.execute("PRAGMA query_only = 1; PRAGMA trusted_schema = 1"));
  DAYBOOK_TRY_VOID(sqlite::add_decimal_functions(connection));
  DAYBOOK_TRY_VOID(sqlite::add_text_functions(connection));
  sqlite3_limit(connection.get(), SQLITE_LIMIT_LENGTH, kMaxValueBytes);
  sqlite3_limit(connection.get(), SQLITE_LIMIT_SQL_LENGTH, kMaxSqlBytes);
  sqlite3_limit(connection.get(), SQLITE_LIMIT_ATTACHED, 0);
  return connection;
}

void VersionReader::return_connection(sqlite::Database connection) {
  const std::lock_guard lock(mutex_);
  if (idle_.size() < kMaxIdleConnections) idle_.push_back(std::move(connection));
}

Result<Answer> VersionReader::find(const std::vector<std::string>& key_columns,
                                   const std::vector<std::string>& key,
                                   const ReadOptions& options) {
  if (key_columns.empty()) {
    return fail(ErrorCode::kInvalid, "view " + info_.name + " has no key: query it by SQL");
  }
  DAYBOOK_TRY(const auto columns, KeyColumns::of(info_.name, key_columns, info_.columns));
  DAYBOOK_TRY(const auto cells, columns.parse(key));
  std::vector<std::string> scratch;
  const auto bind = [&](sqlite::Statement& statement) -> Status {
    columns.bind(statement, cells, scratch);
    return {};
  };
  return run(columns.select_sql(), bind, options);
}

Result<Answer> VersionReader::query(const std::string& sql, const ReadOptions& options) {
  if (outside_ != nullptr) {
    return read(options, [&](sqlite::Database& connection, Answer& answer) {
      return outside_->select(connection, sql, options, answer);
    });
  }
  return run(sql, [](sqlite::Statement&) -> Status { return {}; }, options);
}

Result<Answer> VersionReader::select(const std::string& sql, const std::vector<Value>& values,
                                     const ReadOptions& options) {
  const auto bind = [&](sqlite::Statement& statement) -> Status {
    for (std::size_t i = 0; i < values.size(); ++i) {
      sqlite::bind_value(statement, static_cast<int>(i), values[i]);
    }
    return {};
  };
  return run(sql, bind, options);
}

Status VersionReader::check_columns(const std::vector<ResultColumn>& columns) const {
  for (const auto& column : columns) {
    const auto found = std::ranges::find(info_.columns, column.name, &ResultColumn::name);
    if (found != info_.columns.end() && found->type == column.type) continue;
    return fail(ErrorCode::kUnavailable, "version " + std::to_string(info_.version) + " of view " +
                                             info_.name + " does not have column " + column.name +
                                             " " + column.type);
  }
  return {};
}

Result<std::vector<CellRow>> VersionReader::look_up(const std::vector<ResultColumn>& key,
                                                    const std::vector<CellRow>& keys,
                                                    const std::vector<ResultColumn>& columns,
                                                    const ReadOptions& options) {
  DAYBOOK_TRY_VOID(check_columns(key));
  DAYBOOK_TRY_VOID(check_columns(columns));
  DAYBOOK_TRY(auto types, types_of(key));
  DAYBOOK_TRY(const auto others, types_of(columns));
  types.insert(types.end(), others.begin(), others.end());
  std::string sql =
      "SELECT " + comma_separated(key, columns) + " FROM " + sqlite::quoted(info_.name) + " WHERE ";
  for (std::size_t i = 0; i < key.size(); ++i) {
    sql += (i == 0 ? "" : " AND ") + sqlite::quoted(key[i].name) + " = ?";
  }
  std::vector<CellRow> rows;
  const auto find_all = [&](sqlite::Database& connection, Answer&) -> Status {
    DAYBOOK_TRY(auto statement, connection.prepare(sql));
    std::vector<std::string> scratch(key.size());
    std::size_t bytes = 0;
    for (const auto& values : keys) {
      statement.reset();
      for (std::size_t i = 0; i < key.size(); ++i) {
        bind_shown(statement, static_cast<int>(i), types[i], values[i], scratch[i]);
      }
      DAYBOOK_TRY(const bool is_there, statement.step());
      if (!is_there) continue;
      auto& row = rows.emplace_back(types.size());
      for (std::size_t i = 0; i < types.size(); ++i) {
        DAYBOOK_TRY_VOID(load(statement, static_cast<int>(i), types[i], row[i]));
        bytes += sizeof(sql::Cell) + row[i].text.size();
      }
      if (bytes <= kMaxLookUpBytes) continue;
      return fail(ErrorCode::kNoSpace, "the rows of view " + info_.name +
                                           " that are looked up at once have more than " +
                                           std::to_string(kMaxLookUpBytes >> 20) + " MiB");
    }
    return {};
  };
  DAYBOOK_TRY(const auto answer, read(options, find_all));
  return rows;
}

Result<client::Position> VersionReader::position() {
  DAYBOOK_TRY(auto connection, take_connection());
  DAYBOOK_TRY(auto position, read_position(connection));
  return_connection(std::move(connection));
  return position;
}

Result<std::int64_t> VersionReader::row_count() {
  DAYBOOK_TRY(auto connection, take_connection());
  DAYBOOK_TRY(const auto rows, read_row_count(connection));
  return_connection(std::move(connection));
  return rows;
}

Result<Answer> VersionReader::read(const ReadOptions& options, const Read& read) {
  DAYBOOK_TRY(auto connection, take_connection());
  DAYBOOK_TRY_VOID(connection.execute("BEGIN"));
  Answer answer;
  answer.version = info_.version;
  DAYBOOK_TRY(answer.position, read_position(connection));

  auto deadline = Clock::now() + options.time_limit;
  sqlite3_progress_handler(connection.get(), kStepsBetweenLooks, is_late, &deadline);
  sqlite3_set_authorizer(connection.get(), authorize, nullptr);
  const sqlite::MemoryBudget memory(kMaxQueryBytes);
  const auto done = read(connection, answer);
  sqlite3_progress_handler(connection.get(), 0, nullptr, nullptr);
  sqlite3_set_authorizer(connection.get(), nullptr, nullptr);
  (void)connection.execute("ROLLBACK");
  if (memory.is_exceeded()) {
    return fail(ErrorCode::kNoSpace, "the query needs more memory than " +
                                         std::to_string(kMaxQueryBytes >> 20) +
                                         " MiB: ask for less at once");
  }
  if (!done) {
    auto error = done.error();
    if (error.code == ErrorCode::kTimedOut) {
      error.message = "the query took longer than " + std::to_string(options.time_limit.count()) +
                      " ms: narrow it, or allow more";
    }
    return std::unexpected(std::move(error));
  }
  return_connection(std::move(connection));
  return answer;
}

Result<Answer> VersionReader::run(const std::string& sql, const Bind& bind,
                                  const ReadOptions& options) {
  const auto limit = std::min(options.row_limit, kMaxRowLimit);
  return read(options, [&](sqlite::Database& connection, Answer& answer) -> Status {
    DAYBOOK_TRY(auto statement, connection.prepare(sql));
    if (!statement.is_read_only()) return fail(ErrorCode::kInvalid, "SQL: only SELECT is allowed");
    DAYBOOK_TRY_VOID(bind(statement));
    answer.columns = result_columns(statement);
    std::size_t bytes = 0;
    while (true) {
      DAYBOOK_TRY(const bool has_row, statement.step());
      if (!has_row) return {};
      if (answer.rows.size() == limit || bytes > kMaxAnswerBytes) {
        answer.truncated = true;
        return {};
      }
      auto& row = answer.rows.emplace_back();
      for (int i = 0; i < statement.column_count(); ++i) {
        row.push_back(sqlite::value_of(statement, i));
        bytes += size_of(row.back());
      }
    }
  });
}

std::vector<ResultColumn> VersionReader::result_columns(const sqlite::Statement& statement) const {
  std::vector<ResultColumn> columns;
  for (int i = 0; i < statement.column_count(); ++i) {
    ResultColumn column{statement.column_name(i), "", false};
    // Only for a column of the view as it is: of an expression the type is not known.
    const char* origin = sqlite3_column_origin_name(statement.get(), i);
    if (origin != nullptr) {
      const auto known = std::ranges::find(info_.columns, origin, &ResultColumn::name);
      if (known != info_.columns.end()) {
        column.type = known->type;
        column.is_key = known->is_key;
      }
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

}  // namespace daybook::views
