// SQLite as the catalog uses it: one connection, prepared statements, and errors in our idiom. The
// only header of this room that knows SQLite.
//
// Threads: one at a time.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/uuid.h"

struct sqlite3;
struct sqlite3_stmt;

namespace daybook::catalog {

// A prepared statement in use: bind in order, step, read the columns of the row. Finalized by its
// destructor.
class Statement {
 public:
  ~Statement();
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;

  Statement& bind(std::int64_t value);
  Statement& bind(std::string_view value);  // copied
  Statement& bind(BytesView value);         // copied
  Statement& bind_optional(const std::optional<std::string>& value);

  Result<bool> step();  // true: there is a row
  Status run();         // for statements without rows

  std::int64_t integer(int column) const;
  std::string text(int column) const;
  Bytes blob(int column) const;
  std::optional<std::string> optional_text(int column) const;
  Result<Uuid> id(int column) const;  // kCorrupt if it is none

 private:
  friend class Database;
  Statement(class Database& database, sqlite3_stmt* statement);

  class Database& database_;
  sqlite3_stmt* statement_;
  int bound_ = 0;
};

class Database {
 public:
  // Opens or makes the file, in WAL mode. kCorrupt if it is no SQLite database.
  static Result<std::unique_ptr<Database>> open(const std::string& path);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  Result<Statement> prepare(std::string_view sql);
  Status execute(const char* sql);  // any number of statements, their rows are dropped
  Result<std::int64_t> query_integer(std::string_view sql);

  std::int64_t rows_changed() const;  // by the last INSERT, UPDATE or DELETE
  bool in_transaction() const;
  const std::string& path() const { return path_; }

  // The last failure of this connection as an Error: "<attempt> in <path>: <what SQLite says>".
  std::unexpected<Error> failure(std::string_view attempt) const;
  // What was found shows that the file is damaged.
  std::unexpected<Error> damage(std::string_view found) const;
  // The last failure was that a UNIQUE or PRIMARY KEY constraint holds already.
  bool failed_as_duplicate() const;

 private:
  Database(sqlite3* handle, std::string path) : handle_(handle), path_(std::move(path)) {}

  sqlite3* handle_;
  std::string path_;
};

}  // namespace daybook::catalog
