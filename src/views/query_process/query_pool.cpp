#include "views/query_process/query_pool.h"

#include <algorithm>

#include "views/query_process/query_worker.h"

namespace daybook::views {
namespace {

// The program that runs, even if another lies at its path by now.
constexpr const char* kThisProgram = "/proc/self/exe";

QueryPoolOptions with_command(QueryPoolOptions options) {
  if (options.command.empty()) options.command = {kThisProgram, kQueryWorkerWord};
  return options;
}

Result<Answer> run_in(std::unique_ptr<QueryProcess>& process,
                      const std::vector<std::string>& command, const QueryJob& job) {
  if (process == nullptr) {
    DAYBOOK_TRY(process, QueryProcess::start(command));
  }
  auto answer = process->run(job);
  if (!process->is_usable()) process.reset();
  return answer;
}

}  // namespace

QueryPool::QueryPool(QueryPoolOptions options) : options_(with_command(std::move(options))) {
  for (std::size_t i = 0; i < options_.processes; ++i) {
    threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
  }
}

QueryPool::~QueryPool() {
  for (auto& thread : threads_) thread.request_stop();
}

std::shared_ptr<QueryPool> QueryPool::shared() {
  static std::mutex mutex;
  static std::weak_ptr<QueryPool> held;
  const std::lock_guard lock(mutex);
  auto pool = held.lock();
  if (pool == nullptr) {
    pool = std::make_shared<QueryPool>();
    held = pool;
  }
  return pool;
}

Result<Answer> QueryPool::run(const QueryJob& job) {
  Waiting mine{.job = job};
  std::unique_lock lock(mutex_);
  waiting_.push_back(&mine);
  has_waiting_.notify_one();
  if (!has_answer_.wait_for(lock, job.time_limit, [&] { return mine.is_taken; })) {
    std::erase(waiting_, &mine);
    return fail(ErrorCode::kUnavailable, "as many queries of columnar views run as may at once, " +
                                             std::to_string(options_.processes) +
                                             ": ask again, or allow more time");
  }
  has_answer_.wait(lock, [&] { return mine.answer.has_value(); });
  return std::move(*mine.answer);
}

void QueryPool::work(const std::stop_token& stop) {
  std::unique_ptr<QueryProcess> process;
  while (auto* task = next(stop, process)) {
    auto answer = run_in(process, options_.command, task->job);
    const std::lock_guard lock(mutex_);
    task->answer = std::move(answer);
    has_answer_.notify_all();
  }
}

// Null: the pool ends. Without anything to do for long, the process ends meanwhile.
QueryPool::Waiting* QueryPool::next(const std::stop_token& stop,
                                    std::unique_ptr<QueryProcess>& process) {
  const auto is_asked = [this] { return !waiting_.empty(); };
  std::unique_lock lock(mutex_);
  if (!has_waiting_.wait_for(lock, stop, options_.idle_time, is_asked)) {
    if (stop.stop_requested()) return nullptr;
    process.reset();
    if (!has_waiting_.wait(lock, stop, is_asked)) return nullptr;
  }
  auto* task = waiting_.front();
  waiting_.pop_front();
  task->is_taken = true;
  has_answer_.notify_all();
  // It may have been ended from outside while nobody asked.
  if (process != nullptr && !process->is_usable()) process.reset();
  return task;
}

}  // namespace daybook::views
