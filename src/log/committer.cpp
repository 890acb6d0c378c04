#include "log/committer.h"

#include <utility>

namespace daybook::log {

Committer::Committer(std::size_t threads) {
  threads_.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
  if (threads > 0) settler_ = std::thread([this] { run_settling(); });
}

Committer::~Committer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_all();
  settling_work_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  if (settler_.joinable()) settler_.join();
}

void Committer::submit(std::shared_ptr<Committable> what) {
  const std::lock_guard lock(mutex_);
  switch (what->state_) {
    case Committable::State::kIdle:
      what->state_ = Committable::State::kQueued;
      queue_.push_back(std::move(what));
      // Who was woken for the first of the queue sees to the others; so does who ends a round.
      if (queue_.size() == 1 && !in_round_) work_.notify_one();
      return;
    case Committable::State::kCommitting:
      what->state_ = Committable::State::kCommittingAndQueued;
      return;
    case Committable::State::kQueued:
    case Committable::State::kCommittingAndQueued:
      return;
  }
}

void Committer::wait_idle(const Committable& what) {
  if (threads_.empty()) commit_pending();
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [&] { return what.state_ == Committable::State::kIdle; });
}

void Committer::commit_pending() {
  std::unique_lock lock(mutex_);
  while (commit_some(lock)) {
  }
}

void Committer::settle_pending() {
  std::unique_lock lock(mutex_);
  while (wants_settling()) settle(lock);
}

void Committer::use(Journal* journal) {
  std::unique_lock lock(mutex_);
  journal_ = journal;
  idle_.wait(lock, [this] { return !in_round_ && !settling_; });
}

void Committer::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (commit_some(lock)) continue;
    if (stopping_ && queue_.empty() && direct_.empty()) return;
    work_.wait(lock);
  }
}

void Committer::run_settling() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (wants_settling()) {
      settle(lock);
    } else {
      settling_work_.wait(lock);
    }
  }
}

void Committer::settle(std::unique_lock<std::mutex>& lock) {
  Journal* const journal = journal_;
  settling_ = true;
  lock.unlock();
  journal->settle();
  lock.lock();
  settling_ = false;
  idle_.notify_all();
}

// False: there is nothing to do for this thread.
bool Committer::commit_some(std::unique_lock<std::mutex>& lock) {
  const bool with_journal = journal_ != nullptr && !queue_.empty() && journal_->is_ready();
  if (wants_settling()) settling_work_.notify_one();
  const bool waits_its_turn = last_was_round_ && !direct_.empty();
  if (with_journal && !in_round_ && !queue_.empty() && !waits_its_turn) {
    commit_round(lock);
    return true;
  }
  if (!direct_.empty()) {
    commit_one(direct_, lock);
    return true;
  }
  // While a round is under way the rest gathers for the next one.
  if (queue_.empty() || with_journal) return false;
  commit_one(queue_, lock);
  return true;
}

void Committer::commit_one(Queue& queue, std::unique_lock<std::mutex>& lock) {
  std::shared_ptr<Committable> what = std::move(queue.front());
  queue.pop_front();
  what->state_ = Committable::State::kCommitting;
  last_was_round_ = false;
  if (!direct_.empty() || (!queue_.empty() && !in_round_)) work_.notify_one();
  lock.unlock();
  what->commit();
  lock.lock();
  finish(std::move(what));
  // The last reference may be ours, and its destructor is not ours to run under the mutex.
  lock.unlock();
  what.reset();
  lock.lock();
}

// The caller looks at the queue again.
void Committer::finish(std::shared_ptr<Committable>&& what) {
  if (what->state_ == Committable::State::kCommittingAndQueued) {
    what->state_ = Committable::State::kQueued;
    queue_.push_back(std::move(what));
    return;
  }
  what->state_ = Committable::State::kIdle;
  idle_.notify_all();
}

void Committer::commit_round(std::unique_lock<std::mutex>& lock) {
  Queue round = std::exchange(queue_, {});
  for (const auto& what : round) what->state_ = Committable::State::kCommitting;
  Journal* const journal = journal_;
  in_round_ = true;
  lock.unlock();

  std::vector<Journal::Append> appends;
  std::vector<std::shared_ptr<Committable>> done;
  Queue direct;
  Queue next;
  for (const auto& what : round) {
    if (auto entry = what->for_journal()) {
      appends.push_back({*std::move(entry), what});
    } else {
      direct.push_back(what);
    }
  }
  journal->append(appends);
  for (const Journal::Append& append : appends) {
    auto what = std::static_pointer_cast<Committable>(append.user);
    switch (append.outcome) {
      case Journal::Outcome::kDurable:
        what->journaled(append.entry.end);
        done.push_back(std::move(what));
        break;
      case Journal::Outcome::kNextBlock:
        next.push_back(std::move(what));
        break;
      case Journal::Outcome::kRefused:
        direct.push_back(std::move(what));
        break;
    }
  }

  lock.lock();
  in_round_ = false;
  last_was_round_ = true;
  // What was submitted meanwhile is covered by the commit to come.
  for (auto& what : direct) {
    what->state_ = Committable::State::kQueued;
    direct_.push_back(std::move(what));
  }
  for (auto& what : next) what->state_ = Committable::State::kQueued;
  queue_.insert(queue_.begin(), next.begin(), next.end());
  for (auto& what : done) finish(std::move(what));
  if (!direct_.empty() || stopping_) work_.notify_all();
  idle_.notify_all();
  lock.unlock();
  round.clear();
  appends.clear();
  next.clear();
  lock.lock();
}

}  // namespace daybook::log
