// How many events one transaction may have when each takes a time that nobody knows: one at first,
// then more as long as they are done soon enough, and fewer when not.
//
// One thread.

#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

#include "flow/processor_spec.h"

namespace daybook::flow {

class BatchSize {
 public:
  static constexpr std::chrono::milliseconds kWantedTime{500};
  static constexpr std::size_t kWantedBytes = 16u << 20;  // of what comes of it
  static constexpr std::size_t kGrowth = 4;

  std::size_t max_events() const { return max_events_; }

  // What a batch took.
  void learn(std::size_t events, std::chrono::milliseconds time, std::size_t bytes) {
    const double excess = std::max(static_cast<double>(time.count()) / kWantedTime.count(),
                                   static_cast<double>(bytes) / kWantedBytes);
    if (excess > 1) {
      max_events_ = std::max<std::size_t>(1, static_cast<std::size_t>(events / excess));
    } else if (events >= max_events_) {
      max_events_ = std::min(kMaxBatchEvents, max_events_ * kGrowth);
    }
  }

 private:
  std::size_t max_events_ = 1;
};

}  // namespace daybook::flow
