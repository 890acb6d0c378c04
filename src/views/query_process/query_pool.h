// Users' SQL over Parquet files, computed by child processes of the same binary. DuckDB bounds the
// memory of its tables, but not what a function builds for one row, and stops at a deadline only
// between two steps, so that SQL of anybody's must not run where the log is kept. A child may take
// kQueryProcessBytes, is killed when its time is over, gives way to us on the CPU, is the first
// that the system ends when memory is short, and reads only below the folders of its job.
//
// kMaxQueryProcesses queries run at once; others wait for a place as long as they may take. A child
// that was not asked for kIdleQueryTime ends; the next query starts one, which takes as long as the
// program does to start. All end with the pool.
//
// Threads: any, at once. Each child has a thread of ours.

#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "views/query_process/query_process.h"

namespace daybook::views {

inline constexpr std::size_t kMaxQueryProcesses = 2;
inline constexpr std::chrono::milliseconds kIdleQueryTime{60'000};

struct QueryPoolOptions {
  std::vector<std::string> command = {};  // of a child; empty: this program as one
  std::size_t processes = kMaxQueryProcesses;
  std::chrono::milliseconds idle_time = kIdleQueryTime;
};

class QueryPool {
 public:
  explicit QueryPool(QueryPoolOptions options = {});
  ~QueryPool();
  QueryPool(const QueryPool&) = delete;
  QueryPool& operator=(const QueryPool&) = delete;

  // The one of this process, as long as somebody holds it.
  static std::shared_ptr<QueryPool> shared();

  // Fails as QueryProcess does; kUnavailable: no place was free within the job's time limit.
  Result<Answer> run(const QueryJob& job);

 private:
  struct Waiting {
    const QueryJob& job;
    bool is_taken = false;
    std::optional<Result<Answer>> answer = {};
  };

  void work(const std::stop_token& stop);
  Waiting* next(const std::stop_token& stop, std::unique_ptr<QueryProcess>& process);

  const QueryPoolOptions options_;
  std::mutex mutex_;
  std::condition_variable_any has_waiting_;
  std::condition_variable has_answer_;
  std::deque<Waiting*> waiting_;
  std::vector<std::jthread> threads_;  // the last, so that they end first
};

}  // namespace daybook::views
