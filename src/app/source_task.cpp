#include "app/source_task.h"

#include "base/report.h"

namespace daybook::app {

SourceTask::SourceTask(const SourceSection& section, client::LogClient& log, const io::Clock& clock,
                       std::chrono::milliseconds retry_after)
    : section_(section), log_(log), clock_(clock), retry_after_(retry_after) {
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
  while (true) {
    const Status ended = source_->run(stop);
    if (stop.stop_requested() || ended) return;
    note_failure(ended.error());
    if (ended.error().code == ErrorCode::kCorrupt) return;
    std::unique_lock lock(mutex_);
    stopping_.wait_for(lock, stop, retry_after_, [] { return false; });
    if (stop.stop_requested()) return;
    earlier_events_ += source_->status().events;
    source_ = section_.plan->make(log_, clock_);
  }
}

void SourceTask::note_failure(const Error& error) {
  if (error.message == reported_) return;
  reported_ = error.message;
  report(Severity::kError, "sources", section_.name + ": " + error.message);
}

}  // namespace daybook::app
