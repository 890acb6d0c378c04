// SQLite, owned: a connection and its prepared statements, with errors as Results that name the
// file. One thread per connection, except interrupt().

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace daybook::views::sqlite {

// Parameters and columns count from 0.
class Statement {
 public:
  Statement() = default;
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;
  ~Statement();

  void bind_null(int parameter);
  void bind(int parameter, std::int64_t value);
  void bind(int parameter, double value);
  // Text and blobs are not copied: they must live until the next reset().
  void bind(int parameter, std::string_view text);
  void bind_blob(int parameter, std::string_view bytes);

  // True: a row is there. After false or an error the statement is reset.
  Result<bool> step();
  // step() for statements without rows.
  Status run();
  void reset();

  enum class Type : std::uint8_t { kNull, kInteger, kReal, kText, kBlob };
  int column_count() const;
  std::string column_name(int column) const;
  Type type(int column) const;
  std::int64_t integer(int column) const;
  double real(int column) const;
  std::string_view text(int column) const;  // until the next step() or reset(); also of blobs
  bool is_read_only() const;

  sqlite3_stmt* get() const { return statement_; }

 private:
  friend class Database;
  sqlite3_stmt* statement_ = nullptr;
};

class Database {
 public:
  enum class Mode : std::uint8_t { kReadWrite, kCreate, kReadOnly };

  static Result<Database> open(const std::string& path, Mode mode);
  Database() = default;
  Database(Database&& other) noexcept;
  Database& operator=(Database&& other) noexcept;
  ~Database();

  Status execute(const std::string& sql);
  // Exactly one statement; kInvalid with SQLite's words if it is wrong.
  Result<Statement> prepare(std::string_view sql);
  int changes() const;  // rows that the last statement changed
  // Whether changed pages had to leave the cache since this was asked: the transaction has outgrown
  // it.
  bool has_spilled();

  const std::string& path() const { return path_; }
  sqlite3* get() const { return database_; }

 private:
  std::string path_;
  sqlite3* database_ = nullptr;
};

// The last error of the connection: kNoSpace, kIo, kCorrupt, kTimedOut (interrupted), kUnavailable
// (busy) or kInvalid.
Error last_error(sqlite3* database, std::string_view what);

std::string quoted(std::string_view name);

}  // namespace daybook::views::sqlite
