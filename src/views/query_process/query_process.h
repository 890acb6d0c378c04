// One query process as its parent sees it: a child that is given a job and gives back an answer, or
// is killed. What goes wrong in it, be it want of memory, an endless function or a crash, is an
// error of the query, and nothing else.
//
// It ends with this object, with the thread that made it, and with the parent, however that ends.
//
// One thread: the one that made it.

#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/child_process.h"
#include "views/query_process/query_job.h"

namespace daybook::views {

// Beyond the job's time limit, at which a process stops by itself wherever DuckDB looks.
inline constexpr std::chrono::milliseconds kKillPatience{250};

class QueryProcess {
 public:
  // Runs `command`, which is to end up in run_query_worker(). Fails as ChildProcess::start() does.
  static Result<std::unique_ptr<QueryProcess>> start(const std::vector<std::string>& command);

  // What ParquetReader says of the job, and kInvalid for a row that no answer holds. kTimedOut: it
  // did not stop in time, and was killed. kNoSpace: it needed more than kQueryProcessBytes, or
  // ended for another reason, which is reported.
  Result<Answer> run(const QueryJob& job);

  // Whether it can be given another job.
  bool is_usable() const { return is_usable_ && child_->is_running(); }

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  explicit QueryProcess(std::unique_ptr<io::ChildProcess> child) : child_(std::move(child)) {}
  Result<QueryOutcome> converse(std::string_view message, TimePoint deadline);
  Result<bool> exchange(std::string_view& unsent, std::chrono::milliseconds time);
  Result<bool> is_complete() const;
  Error death();

  std::unique_ptr<io::ChildProcess> child_;
  bool is_usable_ = true;
  std::string output_;
  std::string errors_;  // the beginning of what it has said to standard error
};

}  // namespace daybook::views
