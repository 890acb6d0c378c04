// Group commit. Appends write to the page cache and return; what makes them durable is one
// fdatasync per partition that covers everything written to it by the time the sync starts. A
// partition with new bytes submits itself once, however many appends follow; a committer thread
// takes it, syncs, and tells everybody who waited. While that sync runs, further appends gather for
// the next one, so the batch grows by itself when the disk is slow.
//
// Several threads sync different partitions at the same time (docs/decisions/0003-group-commit.md
// has the measurement); one partition is never committed by two threads at once, so its callbacks
// come in order. Callbacks must not block: they delay every partition behind them.
//
// The owner keeps the committer alive longer than everything that submits to it.

#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace daybook::log {

class Committer;

// What has bytes that are written and not yet durable. The state belongs to the committer.
class Committable {
 public:
  virtual ~Committable() = default;

 protected:
  Committable() = default;
  Committable(const Committable&) = delete;
  Committable& operator=(const Committable&) = delete;

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

  // Has commit() called soon; calls before it starts are one. `what` must stay until wait_idle().
  void submit(Committable& what);
  // Returns when `what` is neither queued nor being committed. Not from a committer thread.
  void wait_idle(Committable& what);

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable idle_;
  std::deque<Committable*> queue_;  // each partition at most once
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace daybook::log
