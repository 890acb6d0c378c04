#include "views/sqlite/database.h"

#include <sqlite3.h>

#include <utility>

namespace daybook::views::sqlite {
namespace {

constexpr int kBusyTimeoutMs = 5'000;

// SQLite counts the memory of the whole process under a lock, at every allocation, unless it is
// told before its first use, whoever that is, that nobody asks: so before main().
[[maybe_unused]] const int kUncounted = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);

ErrorCode code_of(int error) {
  switch (error & 0xFF) {
    case SQLITE_FULL:
      return ErrorCode::kNoSpace;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorCode::kCorrupt;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      return ErrorCode::kIo;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorCode::kUnavailable;
    case SQLITE_INTERRUPT:
      return ErrorCode::kTimedOut;
    default:
      return ErrorCode::kInvalid;
  }
}

}  // namespace

Error last_error(sqlite3* database, std::string_view what) {
  return {code_of(sqlite3_extended_errcode(database)),
          std::string(what) + ": " + sqlite3_errmsg(database)};
}

std::string quoted(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"') out += c;
    out += c;
  }
  return out += '"';
}

Statement::Statement(Statement&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(statement_, other.statement_);
  return *this;
}

Statement::~Statement() {
  sqlite3_finalize(statement_);
}

void Statement::bind_null(int parameter) {
  sqlite3_bind_null(statement_, parameter + 1);
}

void Statement::bind(int parameter, std::int64_t value) {
  sqlite3_bind_int64(statement_, parameter + 1, value);
}

void Statement::bind(int parameter, double value) {
  sqlite3_bind_double(statement_, parameter + 1, value);
}

void Statement::bind(int parameter, std::string_view text) {
  sqlite3_bind_text64(statement_, parameter + 1, text.data(), text.size(), SQLITE_STATIC,
                      SQLITE_UTF8);
}

void Statement::bind_blob(int parameter, std::string_view bytes) {
  sqlite3_bind_blob64(statement_, parameter + 1, bytes.data(), bytes.size(), SQLITE_STATIC);
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return reset(), false;
  auto* database = sqlite3_db_handle(statement_);
  const char* path = sqlite3_db_filename(database, "main");
  auto error = last_error(database, path == nullptr ? "SQL" : path);
  reset();
  return std::unexpected(std::move(error));
}

Status Statement::run() {
  DAYBOOK_TRY(const bool has_row, step());
  if (has_row) reset();
  return {};
}

void Statement::reset() {
  sqlite3_reset(statement_);
}

int Statement::column_count() const {
  return sqlite3_column_count(statement_);
}

std::string Statement::column_name(int column) const {
  const char* name = sqlite3_column_name(statement_, column);
  return name == nullptr ? "" : name;
}

Statement::Type Statement::type(int column) const {
  switch (sqlite3_column_type(statement_, column)) {
    case SQLITE_INTEGER:
      return Type::kInteger;
    case SQLITE_FLOAT:
      return Type::kReal;
    case SQLITE_TEXT:
      return Type::kText;
    case SQLITE_BLOB:
      return Type::kBlob;
    default:
      return Type::kNull;
  }
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

double Statement::real(int column) const {
  return sqlite3_column_double(statement_, column);
}

std::string_view Statement::text(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

bool Statement::is_read_only() const {
  return sqlite3_stmt_readonly(statement_) != 0;
}

Result<Database> Database::open(const std::string& path, Mode mode) {
  int flags = SQLITE_OPEN_NOMUTEX;
  flags |= mode == Mode::kReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  if (mode == Mode::kCreate) flags |= SQLITE_OPEN_CREATE;
  Database database;
  database.path_ = path;
  if (sqlite3_open_v2(path.c_str(), &database.database_, flags, nullptr) != SQLITE_OK) {
    return std::unexpected(last_error(database.database_, "cannot open " + path));
  }
  sqlite3_extended_result_codes(database.database_, 1);
  sqlite3_busy_timeout(database.database_, kBusyTimeoutMs);
  return database;
}

Database::Database(Database&& other) noexcept
    : path_(std::move(other.path_)), database_(std::exchange(other.database_, nullptr)) {}

Database& Database::operator=(Database&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(database_, other.database_);
  return *this;
}

Database::~Database() {
  sqlite3_close_v2(database_);
}

Status Database::execute(const std::string& sql) {
  if (sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return std::unexpected(last_error(database_, path_));
  }
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  Statement statement;
  const char* rest = nullptr;
  const int code = sqlite3_prepare_v3(database_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement.statement_, &rest);
  if (code != SQLITE_OK) return std::unexpected(last_error(database_, "SQL"));
  if (statement.statement_ == nullptr) return fail(ErrorCode::kInvalid, "SQL: there is none");
  const std::string_view tail(rest, static_cast<std::size_t>(sql.data() + sql.size() - rest));
  if (tail.find_first_not_of(" \t\r\n;") != std::string_view::npos) {
    return fail(ErrorCode::kInvalid, "SQL: write one statement");
  }
  return statement;
}

bool Database::has_spilled() {
  int pages = 0;
  int most = 0;
  const int code = sqlite3_db_status(database_, SQLITE_DBSTATUS_CACHE_SPILL, &pages, &most, 1);
  return code == SQLITE_OK && pages > 0;
}

int Database::changes() const {
  return sqlite3_changes(database_);
}

}  // namespace daybook::views::sqlite
