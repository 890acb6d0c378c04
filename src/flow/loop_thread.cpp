#include "flow/loop_thread.h"

#include <algorithm>
#include <random>

namespace daybook::flow {
namespace {

constexpr Backoff::milliseconds kFirstPause{100};
constexpr Backoff::milliseconds kLongestPause{5'000};
constexpr Backoff::milliseconds kWaitingPause{
    500};  // the longest between looks for what is missing

bool is_passing(const Error& error) {
  switch (error.code) {
    case ErrorCode::kNotFound:
    case ErrorCode::kIo:
    case ErrorCode::kNoSpace:
    case ErrorCode::kOutcomeUnknown:
    case ErrorCode::kFenced:
      return true;
    default:
      return error.retriable();
  }
}

}  // namespace

LoopThread::LoopThread(const io::Clock& clock)
    : clock_(clock),
      backoff_(kFirstPause, kLongestPause, std::random_device{}()),
      waiting_(kFirstPause, kWaitingPause, std::random_device{}()) {}

void LoopThread::start() {
  if (!thread_.joinable()) thread_ = std::jthread([this](std::stop_token stop) { run(stop); });
}

void LoopThread::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
  set_state(TaskState::kStopped, "");
}

TaskStatus LoopThread::status() const {
  const std::lock_guard lock(mutex_);
  auto status = status_;
  status.events_per_s = rate_.per_second(clock_.steady());
  return status;
}

void LoopThread::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    has_set_lag_ = false;
    const auto ended = run_once(stop);
    clean_up();
    if (ended || stop.stop_requested()) continue;
    const auto& error = ended.error();
    set_state(is_passing(error) ? TaskState::kRetrying : TaskState::kFailed, error.message);
    {
      const std::lock_guard lock(mutex_);
      status_.last_error = error.message;
      if (!has_set_lag_) status_.lag_events.reset();  // what it was before says nothing of now
    }
    pause(stop, backoff_.next());
  }
}

void LoopThread::set_state(TaskState state, const std::string& detail) {
  is_running_ = state == TaskState::kRunning;
  const std::lock_guard lock(mutex_);
  status_.state = state;
  status_.detail = detail;
}

void LoopThread::count(std::size_t events, std::size_t rejected, std::size_t late) {
  backoff_.reset();
  const auto count = static_cast<std::int64_t>(events);
  const std::lock_guard lock(mutex_);
  status_.events_applied += count;
  status_.rejected += static_cast<std::int64_t>(rejected);
  status_.late += static_cast<std::int64_t>(late);
  if (status_.lag_events) {
    status_.lag_events = std::max<std::int64_t>(0, *status_.lag_events - count);
  }
  rate_.record(clock_.steady(), status_.events_applied);
}

void LoopThread::set_lag(std::int64_t events) {
  has_set_lag_ = true;
  const std::lock_guard lock(mutex_);
  status_.lag_events = events;
}

void LoopThread::pause(const std::stop_token& stop, Backoff::milliseconds time) {
  std::unique_lock lock(pause_mutex_);
  paused_.wait_for(lock, stop, time, [] { return false; });
}

}  // namespace daybook::flow
