// How the rows of a version are read whose kind keeps them in files beside the version's database:
// the database, in the transaction that it is read in, says which files they are.
//
// Owner: the reader of the version. Threads: any, at once.

#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "base/result.h"
#include "views/answer.h"
#include "views/life/version_diff.h"
#include "views/sqlite/database.h"
#include "views/view_file.h"
#include "views/view_reader.h"

namespace daybook::views {

class OutsideRows {
 public:
  virtual ~OutsideRows() = default;

  // Columns and rows of a SELECT over the table that is named as the view: a user's, as
  // ViewReader::query() says. Not more rows than options.row_limit.
  virtual Status select(sqlite::Database& database, const std::string& sql,
                        const ReadOptions& options, Answer& answer) = 0;

  // Fills in the counts and samples of `difference`, whose columns are chosen. `both` has the
  // database of this version, and that of `newer`, which is of the same kind, as `other`.
  // kTimedOut after the limit.
  virtual Status compare(sqlite::Database& both, const std::string& newer_path,
                         const ViewFileInfo& newer, std::size_t samples,
                         std::chrono::milliseconds time_limit, Difference& difference) = 0;
};

}  // namespace daybook::views
