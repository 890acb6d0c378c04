// A thread for work that blocks on the disk, so that no network thread does: jobs run one at a
// time, in the order in which they were given; or several threads, and as many jobs side by side. A
// connection waits for the results of one request before it gives more, so the queue is bounded by
// kMaxConnections times kMaxTopicsPerRequest.

#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace daybook::broker {

class Worker {
 public:
  explicit Worker(int threads = 1);
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
  std::vector<std::thread> threads_;
};

}  // namespace daybook::broker
