// The reading side of a view. It sees what the view's task has committed, while the task goes on
// writing, and never blocks it.
//
// Untrusted SQL is safe here: connections are read-only, can reach nothing but the view's files,
// and are interrupted at the time limit.
//
// Threads: any, at once.

#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/log_client.h"
#include "sql/cell.h"
#include "views/answer.h"
#include "views/lineage/explanation.h"

namespace daybook::views {

class Arguments;

using CellRow = std::vector<sql::Cell>;

inline constexpr std::size_t kDefaultRowLimit = 1'000;
inline constexpr std::size_t kMaxRowLimit = 100'000;
inline constexpr std::size_t kMaxLookUpBytes = 128u << 20;
inline constexpr std::size_t kMaxAnswerBytes = 64u << 20;
inline constexpr std::size_t kMaxQueryBytes = 256u << 20;  // that a query takes of SQLite
inline constexpr std::chrono::milliseconds kDefaultQueryTime{5'000};

struct ReadOptions {
  std::size_t row_limit = kDefaultRowLimit;  // at most kMaxRowLimit
  std::chrono::milliseconds time_limit = kDefaultQueryTime;
  client::Position min_position;            // the answer is of a position at or after this one
  std::chrono::milliseconds wait_limit{0};  // how long to wait for min_position
};

class ViewReader {
 public:
  virtual ~ViewReader() = default;

  // The rows whose key columns have these values, in the order of ViewPlan::key(), as text of the
  // column's type. No row is not an error. kInvalid: a value does not fit the column's type.
  // kUnavailable: the view has no version that can be read yet. kTimedOut: min_position was not
  // reached in time; the message says where the view is.
  virtual Result<Answer> find(const std::vector<std::string>& key, const ReadOptions& options) = 0;

  // A SELECT over the table that is named as the view, in SQLite's SQL (or in that of what keeps
  // the rows of the kind). kInvalid: it does not parse or wants to do something else than read;
  // kTimedOut: the time limit.
  virtual Result<Answer> query(const std::string& sql, const ReadOptions& options) = 0;

  // The rows that there are of many keys, all of one position: of each the cells of its key, then
  // those of `columns`, in the types that the columns have here; a column without a type is text.
  // kUnavailable: the version that answers does not have these columns. kNoSpace: the rows have
  // more than kMaxLookUpBytes. Row limit and positions of the options are not looked at.
  virtual Result<std::vector<CellRow>> look_up(const std::vector<ResultColumn>& key,
                                               const std::vector<CellRow>& keys,
                                               const std::vector<ResultColumn>& columns,
                                               const ReadOptions& options) = 0;

  // One of the kind's own questions (views/question.h). kNotFound: it has none of that name.
  virtual Result<Answer> ask(const std::string& question, const Arguments& arguments,
                             const ReadOptions& options) = 0;

  // The events that made the rows of a key, and what the rows were after each; lineage/explain.h.
  // Goes through the log again, beside the task; one at a time (kUnavailable). Of `options`, what
  // is said of min_position. kUnsupported: the kind has no rows by key.
  virtual Result<Explanation> explain(const std::vector<std::string>& key,
                                      const ExplainOptions& explaining,
                                      const ReadOptions& options) = 0;

  // The rows of a key as the view showed them at an earlier position or time: made again from its
  // events, as explain() does, and under the same bounds (kTimedOut). kInvalid: it has not been
  // there. kUnsupported: the log no longer has the events. kUnavailable: another row or position of
  // the view is being looked back at.
  virtual Result<Answer> find_as_of(const std::vector<std::string>& key, const AsOf& as_of,
                                    const ExplainOptions& explaining,
                                    const ReadOptions& options) = 0;

  // query() and ask() over all rows as they were then: the view is built once more, up to that
  // position, in files that are removed afterwards (past/past_version.h). Fails as find_as_of()
  // does, and as they do; of `replay` the bounds count.
  virtual Result<Answer> query_as_of(const std::string& sql, const AsOf& as_of,
                                     const ExplainOptions& replay, const ReadOptions& options) = 0;
  virtual Result<Answer> ask_as_of(const std::string& question, const Arguments& arguments,
                                   const AsOf& as_of, const ExplainOptions& replay,
                                   const ReadOptions& options) = 0;
};

}  // namespace daybook::views
