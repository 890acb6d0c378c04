// A thread for work that blocks on the disk, so that no network thread does: jobs run one at a
// time, in the order in which they were given. Who gives jobs waits for their results, one per
// connection at most, so the queue is bounded by kMaxConnections.

#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace daybook::broker {

class Worker {
 public:
  Worker();
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // False if the worker has been stopped: the job is dropped.
  bool run(std::move_only_function<void()> job);

  // Finishes the jobs that were given, and takes no more.
  void stop();

 private:
  void loop();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::move_only_function<void()>> jobs_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace daybook::broker
