#include "log/committer.h"

#include <utility>

namespace daybook::log {

Committer::Committer(std::size_t threads) {
  threads_.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

Committer::~Committer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Committer::submit(std::shared_ptr<Committable> what) {
  const std::lock_guard lock(mutex_);
  switch (what->state_) {
    case Committable::State::kIdle:
      what->state_ = Committable::State::kQueued;
      queue_.push_back(std::move(what));
      work_.notify_one();
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
  while (!queue_.empty()) commit_first(lock);
}

void Committer::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    work_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    commit_first(lock);
  }
}

void Committer::commit_first(std::unique_lock<std::mutex>& lock) {
  std::shared_ptr<Committable> what = std::move(queue_.front());
  queue_.pop_front();
  what->state_ = Committable::State::kCommitting;
  lock.unlock();
  what->commit();
  lock.lock();
  if (what->state_ == Committable::State::kCommittingAndQueued) {
    what->state_ = Committable::State::kQueued;
    queue_.push_back(std::move(what));
    work_.notify_one();
    return;
  }
  what->state_ = Committable::State::kIdle;
  idle_.notify_all();
  // The last reference may be ours, and its destructor is not ours to run under the mutex.
  lock.unlock();
  what.reset();
  lock.lock();
}

}  // namespace daybook::log
