#include "broker/timers.h"

#include <utility>

#include "io/clock.h"

namespace daybook::broker {

Timers::Timers(io::Clock& clock) : clock_(clock), thread_([this] { run(); }) {}

Timers::~Timers() {
  stop();
}

Timers::Id Timers::at(TimePoint when, std::move_only_function<void()> callback) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return kNone;
  const Id id = ++last_id_;
  const auto [entry, added] = waiting_.emplace(std::pair(when, id), std::move(callback));
  times_.emplace(id, when);
  if (entry == waiting_.begin()) changed_.notify_one();
  return id;
}

bool Timers::cancel(Id id) {
  std::move_only_function<void()> dropped;  // destroyed after the lock is released
  const std::lock_guard lock(mutex_);
  const auto time = times_.find(id);
  if (time == times_.end()) return false;
  const auto entry = waiting_.find({time->second, id});
  dropped = std::move(entry->second);
  waiting_.erase(entry);
  times_.erase(time);
  return true;
}

void Timers::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
  std::map<std::pair<TimePoint, Id>, std::move_only_function<void()>> dropped;
  const std::lock_guard lock(mutex_);
  dropped.swap(waiting_);
  times_.clear();
}

void Timers::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (waiting_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const auto wait = waiting_.begin()->first.first - clock_.steady();
    if (wait > std::chrono::nanoseconds(0)) {
      changed_.wait_for(lock, wait);
      continue;
    }
    auto due = waiting_.extract(waiting_.begin());
    times_.erase(due.key().second);
    lock.unlock();
    due.mapped()();
    due = {};
    lock.lock();
  }
}

}  // namespace daybook::broker
