// Measured durations and their percentiles.

#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "settings.h"

namespace daybook::bench {

class Durations {
 public:
  void add(Clock::duration duration) {
    us_.push_back(std::chrono::duration<double, std::micro>(duration).count());
  }

  void print(double seconds) {
    std::ranges::sort(us_);
    fmt::print(R"({{"count": {}, "seconds": {:.4f}, "p50_us": {:.1f}, "p99_us": {:.1f}, )"
               R"("p999_us": {:.1f}, "max_us": {:.1f}}})"
               "\n",
               us_.size(), seconds, quantile(0.5), quantile(0.99), quantile(0.999), quantile(1));
  }

 private:
  double quantile(double part) const {
    if (us_.empty()) give_up("nothing was measured");
    const auto at = static_cast<std::size_t>(part * static_cast<double>(us_.size()));
    return us_[std::min(at, us_.size() - 1)];
  }

  std::vector<double> us_;
};

}  // namespace daybook::bench
