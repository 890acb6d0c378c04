// Group commit. Appends write to the page cache and return; what makes them durable is one
// fdatasync per partition that covers everything written to it by the time the sync starts. A
// partition with new bytes submits itself once, however many appends follow; a committer thread
// takes it, syncs, and tells everybody who waited. While that sync runs, further appends gather for
// the next one, so the batch grows by itself when the disk is slow.
//
// Several threads sync different partitions at the same time (docs/decisions/0002-group-commit.md
// has the measurement); one partition is never committed by two threads at once, so its callbacks
// come in order. Callbacks must not block: they delay every partition behind them.
//
// With 0 threads nothing happens by itself: whoever owns the committer calls commit_pending().
// Tests that must repeat exactly do so.
//
// The owner keeps the committer alive longer than everything that submits to it.

#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace daybook::log {

class Committer;

// What has bytes that are written and not yet durable. The state belongs to the committer.
class Committable {
 public:
  virtual ~Committable() = default;
  Committable(const Committable&) = delete;
  Committable& operator=(const Committable&) = delete;

 protected:
  Committable() = default;

 private:
  friend class Committer;
  // Makes durable what was written before the call, and tells who waits. On a committer thread.
  virtual void commit() = 0;

  enum class State : unsigned char { kIdle, kQueued, kCommitting, kCommittingAndQueued };
  State state_ = State::kIdle;
};

class Committer {
 public:
  static constexpr std::size_t kDefaultThreads = 4;

  explicit Committer(std::size_t threads = kDefaultThreads);
  // Commits what is queued, then ends the threads.
  ~Committer();
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  std::size_t thread_count() const { return threads_.size(); }

  // Has commit() called soon; calls before it starts are one. The committer holds on to `what`
  // until then.
  void submit(std::shared_ptr<Committable> what);
  // Returns when `what` is neither queued nor being committed. Not from a committer thread.
  void wait_idle(const Committable& what);
  // Commits what is queued, on the calling thread, until nothing is.
  void commit_pending();

 private:
  void run();
  // Commits the first of the queue, with the mutex released meanwhile.
  void commit_first(std::unique_lock<std::mutex>& lock);

  std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable idle_;
  std::deque<std::shared_ptr<Committable>> queue_;  // each partition at most once
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace daybook::log
