#include "app/watch/log_watch.h"

#include <fmt/chrono.h>

namespace daybook::app {
namespace {

constexpr std::int64_t kMsPerSecond = 1'000;

}  // namespace

LogWatch::LogWatch(client::LogClient& log, const io::Clock& clock)
    : log_(log),
      clock_(clock),
      answered_(clock.steady()),
      answered_at_(clock.wall()),
      thread_([this](std::stop_token stop) { watch(stop); }) {}

Status LogWatch::check() const {
  const std::lock_guard lock(mutex_);
  if (clock_.steady() - answered_ < kLogPatience) return {};
  const std::time_t since = answered_at_.value / kMsPerSecond;
  return fail(ErrorCode::kUnavailable,
              fmt::format("the log has not answered since {:%Y-%m-%dT%H:%M:%SZ}: {}; events are "
                          "read and written again once it does",
                          fmt::gmtime(since), reason_.empty() ? "no answer yet" : reason_));
}

void LogWatch::watch(std::stop_token stop) {
  while (!stop.stop_requested()) {
    take(log_.reach(kLogAnswerTime));
    std::unique_lock lock(mutex_);
    stopping_.wait_for(lock, stop, kLogAskInterval, [] { return false; });
  }
}

void LogWatch::take(const Status& answer) {
  const std::lock_guard lock(mutex_);
  if (!answer) {
    reason_ = answer.error().message;
    return;
  }
  answered_ = clock_.steady();
  answered_at_ = clock_.wall();
  reason_.clear();
}

}  // namespace daybook::app
