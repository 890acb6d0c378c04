#include "catalog/database.h"

#include <sqlite3.h>

#include <utility>

namespace daybook::catalog {
namespace {

// How long a transaction waits for another program that holds the file locked.
constexpr int kBusyTimeoutMs = 2000;

ErrorCode classify(int sqlite_code) {
  switch (sqlite_code & 0xff) {
    case SQLITE_FULL:
      return ErrorCode::kNoSpace;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR:  // our statements are right, so the tables are not
      return ErrorCode::kCorrupt;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorCode::kUnavailable;
    case SQLITE_CONSTRAINT:
      return ErrorCode::kAlreadyExists;
    default:
      return ErrorCode::kIo;
  }
}

std::string_view advice(ErrorCode code) {
  switch (code) {
    case ErrorCode::kNoSpace:
      return "; free some space on its disk";
    case ErrorCode::kCorrupt:
      return "; restore the file from a copy, the records of the log are not affected";
    case ErrorCode::kUnavailable:
      return "; another program holds the file locked, close it";
    default:
      return "";
  }
}

std::unexpected<Error> fail_as(int sqlite_code, std::string_view attempt, const std::string& path,
                               const char* detail) {
  const ErrorCode code = classify(sqlite_code);
  std::string message(attempt);
  message.append(" in ").append(path).append(": ").append(detail);
  return fail(code, message.append(advice(code)));
}

}  // namespace

Statement::Statement(Database& database, sqlite3_stmt* statement)
    : database_(database), statement_(statement) {}

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_),
      statement_(std::exchange(other.statement_, nullptr)),
      bound_(other.bound_) {}

Statement::~Statement() {
  sqlite3_finalize(statement_);
}

// A failed bind leaves NULL, which the tables refuse: the step that follows reports it.
Statement& Statement::bind(std::int64_t value) {
  sqlite3_bind_int64(statement_, ++bound_, value);
  return *this;
}

Statement& Statement::bind(std::string_view value) {
  const char* data = value.data() == nullptr ? "" : value.data();
  sqlite3_bind_text(statement_, ++bound_, data, static_cast<int>(value.size()), SQLITE_TRANSIENT);
  return *this;
}

Statement& Statement::bind_optional(const std::optional<std::string>& value) {
  if (value) return bind(std::string_view(*value));
  sqlite3_bind_null(statement_, ++bound_);
  return *this;
}

Statement& Statement::bind(BytesView value) {
  const void* data = value.empty() ? "" : static_cast<const void*>(value.data());
  sqlite3_bind_blob(statement_, ++bound_, data, static_cast<int>(value.size()), SQLITE_TRANSIENT);
  return *this;
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  const char* sql = sqlite3_sql(statement_);
  return database_.failure(std::string("could not run \"") + (sql == nullptr ? "" : sql) + '"');
}

Status Statement::run() {
  DAYBOOK_TRY([[maybe_unused]] const bool row, step());
  return {};
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::string Statement::text(int column) const {
  return std::string(as_text(blob(column)));
}

std::optional<std::string> Statement::optional_text(int column) const {
  if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
  return text(column);
}

Bytes Statement::blob(int column) const {
  const auto* data = static_cast<const std::byte*>(sqlite3_column_blob(statement_, column));
  const int size = sqlite3_column_bytes(statement_, column);
  return data == nullptr ? Bytes{} : Bytes(data, data + size);
}

Result<Uuid> Statement::id(int column) const {
  auto id = uuid_from_bytes(blob(column));
  if (!id) return database_.damage(id.error().message);
  return id;
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path) {
  sqlite3* handle = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  std::unique_ptr<Database> database(new Database(handle, path));
  if (code != SQLITE_OK) return database->failure("could not open the catalog");
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
  DAYBOOK_TRY_VOID(
      database->execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                        "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF"));
  return database;
}

Database::~Database() {
  sqlite3_close_v2(handle_);
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int size = static_cast<int>(sql.size());
  if (sqlite3_prepare_v2(handle_, sql.data(), size, &statement, nullptr) != SQLITE_OK) {
    return failure(std::string("could not prepare \"").append(sql) + '"');
  }
  return Statement(*this, statement);
}

Status Database::execute(const char* sql) {
  if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    return failure(std::string("could not run \"") + sql + '"');
  }
  return {};
}

Result<std::int64_t> Database::query_integer(std::string_view sql) {
  DAYBOOK_TRY(Statement statement, prepare(sql));
  DAYBOOK_TRY(const bool row, statement.step());
  if (!row) {
    return damage(std::string("no row for \"").append(sql) + '"');
  }
  return statement.integer(0);
}

std::int64_t Database::rows_changed() const {
  return sqlite3_changes64(handle_);
}

bool Database::in_transaction() const {
  return sqlite3_get_autocommit(handle_) == 0;
}

std::unexpected<Error> Database::failure(std::string_view attempt) const {
  return fail_as(sqlite3_errcode(handle_), attempt, path_, sqlite3_errmsg(handle_));
}

std::unexpected<Error> Database::damage(std::string_view found) const {
  std::string message = "the catalog ";
  message.append(path_).append(" is damaged: ").append(found);
  return fail(ErrorCode::kCorrupt, message.append(advice(ErrorCode::kCorrupt)));
}

bool Database::failed_as_duplicate() const {
  const int code = sqlite3_extended_errcode(handle_);
  return code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY;
}

}  // namespace daybook::catalog
