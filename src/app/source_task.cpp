#include "app/source_task.h"

#include <algorithm>

namespace daybook::app {

SourceTask::SourceTask(const SourceSection& section, client::LogClient& log, const io::Clock& clock,
                       std::chrono::milliseconds first_retry)
    : section_(section), log_(log), clock_(clock), first_retry_(first_retry) {
  source_ = section_.plan->make(log_, clock_);
  thread_ = std::jthread([this](std::stop_token stop) { work(stop); });
}

SourceTask::~SourceTask() = default;

sources::SourceStatus SourceTask::status() const {
  const std::lock_guard lock(mutex_);
  sources::SourceStatus status = source_->status();
  status.name = section_.name;
  status.kind = section_.kind->name();
  status.events += earlier_events_;
  return status;
}

void SourceTask::work(std::stop_token stop) {
  std::chrono::milliseconds pause = first_retry_;
  while (true) {
    const Status ended = source_->run(stop);
    if (stop.stop_requested() || ended) return;
    if (ended.error().code == ErrorCode::kCorrupt) return;
    std::unique_lock lock(mutex_);
    stopping_.wait_for(lock, stop, pause, [] { return false; });
    if (stop.stop_requested()) return;
    pause = std::min(pause * 2, kLongestSourceRetry);
    earlier_events_ += source_->status().events;
    source_ = section_.plan->make(log_, clock_);
  }
}

}  // namespace daybook::app
