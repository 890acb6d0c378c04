// Group commit. Appends write to the page cache and return; what makes them durable covers
// everything written by the time it starts, however many appends that is. A partition with new
// bytes submits itself once; while it is being committed, further appends gather for the next time,
// so the batch grows by itself when the disk is slow.
//
// There are two ways (docs/decisions/0008-shared-journal.md has the measurements). The journal, if
// there is one, takes the small ranges of all partitions that wait, in rounds: one thread at a time
// writes them to it and syncs it once. Whatever the journal does not take is committed by itself,
// by any thread: a partition with much to sync, with a new segment or with a checkpoint due, and
// everybody while the journal has no room. One more thread settles the journal at leisure.
//
// One partition is never committed by two threads at once, so its callbacks come in order.
// Callbacks must not block: they delay every partition behind them.
//
// With 0 threads nothing happens by itself: whoever owns the committer calls commit_pending() and
// settle_pending(). Tests that must repeat exactly do so.
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

#include "log/journal/journal.h"

namespace daybook::log {

class Committer;

// What has bytes that are written and not yet durable. The state belongs to the committer.
class Committable : public JournalUser {
 public:
  Committable(const Committable&) = delete;
  Committable& operator=(const Committable&) = delete;

 protected:
  Committable() = default;

 private:
  friend class Committer;
  // Makes durable what was written before the call, and tells who waits. On a committer thread.
  virtual void commit() = 0;
  // What the journal is to make durable instead; nothing: commit() is right. On a committer thread.
  virtual std::optional<JournalEntry> for_journal() = 0;
  // The journal did so up to `end`: tells who waits.
  virtual void journaled(const LogPoint& end) = 0;

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
  // Settles the journal, on the calling thread, until it has no need of it.
  void settle_pending();

  // From now on commits go through `journal` too; null: no longer, and nobody uses it when this
  // returns.
  void use(Journal* journal);

 private:
  using Queue = std::deque<std::shared_ptr<Committable>>;

  void run();
  void run_settling();
  bool wants_settling() const { return journal_ != nullptr && journal_->wants_settling(); }
  // All with the mutex held, which they release while they wait for the disk. A thread is woken
  // only if there is something that it can do: one for the front of the queue, and by each that
  // takes one of several another. A thread that has done something looks again before it sleeps.
  bool commit_some(std::unique_lock<std::mutex>& lock);
  void commit_round(std::unique_lock<std::mutex>& lock);
  void commit_one(Queue& queue, std::unique_lock<std::mutex>& lock);
  void settle(std::unique_lock<std::mutex>& lock);
  // `what` was committed.
  void finish(std::shared_ptr<Committable>&& what);

  std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable settling_work_;
  std::condition_variable idle_;
  Queue queue_;   // each partition at most once in both
  Queue direct_;  // what the journal does not take
  Journal* journal_ = nullptr;
  bool in_round_ = false;
  bool last_was_round_ = false;
  bool settling_ = false;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
  std::thread settler_;
};

}  // namespace daybook::log
