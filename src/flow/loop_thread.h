// What a task's loop stands on: a thread of its own that runs from nothing until something fails,
// shows the failure in the status, pauses for a time that grows to a bound, and runs again; and the
// status, which any thread may ask for.
//
// Threads: run_once() and what is protected by the task's own; the rest by any. A derived class
// calls stop() in its destructor, before what run_once() uses is gone.

#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

#include "flow/backoff.h"
#include "flow/rate.h"
#include "flow/task.h"
#include "io/clock.h"

namespace daybook::flow {

inline constexpr std::chrono::milliseconds kFetchWait{250};       // also how soon a stop is seen
inline constexpr std::chrono::milliseconds kLookInterval{1'000};  // between looks at the log's end

class LoopThread : public Task {
 public:
  explicit LoopThread(const io::Clock& clock);

  void start() override;
  void stop() override;
  TaskStatus status() const override;

 protected:
  // Until it is stopped, or something fails, or there is a reason to begin anew. What it has made
  // is given up in clean_up(), whichever it was.
  virtual Status run_once(const std::stop_token& stop) = 0;
  virtual void clean_up() = 0;

  void set_state(TaskState state, const std::string& detail);
  bool is_running() const { return is_running_; }
  // Events have been applied: what comes next has not failed yet.
  // `late` are among the rejected.
  void count(std::size_t events, std::size_t rejected, std::size_t late = 0);
  // It is known until an attempt fails that could not find it out.
  void set_lag(std::int64_t events);
  // Asks `ready` until it answers something or the task is stopped, with pauses between; nothing if
  // it was stopped.
  template <class T>
  Result<std::optional<T>> wait_for(const std::stop_token& stop,
                                    const std::function<Result<std::optional<T>>()>& ready) {
    for (waiting_.reset(); !stop.stop_requested(); pause(stop, waiting_.next())) {
      auto answer = ready();
      if (!answer || *answer) return answer;
    }
    return std::optional<T>();
  }

  const io::Clock& clock_;

 private:
  void run(const std::stop_token& stop);
  void pause(const std::stop_token& stop, Backoff::milliseconds time);

  Backoff backoff_;
  Backoff waiting_;
  bool is_running_ = false;
  bool has_set_lag_ = false;  // since it began anew
  std::mutex pause_mutex_;
  std::condition_variable_any paused_;
  mutable std::mutex mutex_;
  TaskStatus status_;
  Rate rate_;
  std::jthread thread_;
};

}  // namespace daybook::flow
