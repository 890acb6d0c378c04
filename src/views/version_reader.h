// Reads one version of a view: read-only connections on its file, an authorizer that lets a SELECT
// see nothing but the file's tables, a time limit, and bounds on the rows and bytes of an answer.
// Where the kind keeps the rows outside of the file, they are read as it says.
//
// Threads: any, at once; up to kMaxIdleConnections connections are kept for the next query.

#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "sql/cell.h"
#include "sql/column_type.h"
#include "views/answer.h"
#include "views/outside_rows.h"
#include "views/sqlite/database.h"
#include "views/view_file.h"
#include "views/view_reader.h"

namespace daybook::views {

inline constexpr std::size_t kMaxIdleConnections = 8;

class VersionReader {
 public:
  static Result<std::shared_ptr<VersionReader>> open(const std::string& path);

  const ViewFileInfo& info() const { return info_; }

  // As ViewReader's, without waiting. `key` names the columns in the order of its values.
  Result<Answer> find(const std::vector<std::string>& key_columns,
                      const std::vector<std::string>& key, const ReadOptions& options);
  Result<Answer> query(const std::string& sql, const ReadOptions& options);

  // As ViewReader's, without waiting.
  Result<std::vector<CellRow>> look_up(const std::vector<ResultColumn>& key,
                                       const std::vector<CellRow>& keys,
                                       const std::vector<ResultColumn>& columns,
                                       const ReadOptions& options);

  // What a kind's question reads: SQL of the kind's own, with values for its parameters.
  Result<Answer> select(const std::string& sql, const std::vector<Value>& values,
                        const ReadOptions& options);
  // The same for what SQL alone does not answer: `read` fills in columns and rows, from a
  // connection that can only read, and is over when SQL that it runs passes the time limit.
  using Read = std::function<Status(sqlite::Database&, Answer&)>;
  Result<Answer> read(const ReadOptions& options, const Read& read);

  Result<client::Position> position();
  Result<std::int64_t> row_count();

 private:
  using Bind = std::function<Status(sqlite::Statement&)>;

  explicit VersionReader(std::string path) : path_(std::move(path)) {}
  Result<sqlite::Database> take_connection();
  void return_connection(sqlite::Database connection);
  Result<Answer> run(const std::string& sql, const Bind& bind, const ReadOptions& options);
  Status check_columns(const std::vector<ResultColumn>& columns) const;
  std::vector<ResultColumn> result_columns(const sqlite::Statement& statement) const;

  const std::string path_;
  ViewFileInfo info_;
  std::unique_ptr<OutsideRows> outside_;  // null: the rows are in the file
  std::mutex mutex_;
  std::vector<sqlite::Database> idle_;
};

}  // namespace daybook::views
