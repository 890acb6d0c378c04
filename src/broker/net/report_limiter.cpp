#include "broker/net/report_limiter.h"

#include <utility>

#include "broker/limits.h"

namespace daybook::broker {

bool ReportLimiter::allow(std::chrono::steady_clock::time_point now, std::string& left_out) {
  const std::lock_guard lock(mutex_);
  if (now - second_ >= std::chrono::seconds(1)) {
    second_ = now;
    in_second_ = 0;
  }
  if (in_second_ == kMaxClosingReportsPerSecond) {
    ++dropped_;
    return false;
  }
  ++in_second_;
  left_out.clear();
  if (const std::size_t dropped = std::exchange(dropped_, 0); dropped > 0) {
    left_out = " (and " + std::to_string(dropped) + " more like it were not reported)";
  }
  return true;
}

}  // namespace daybook::broker
