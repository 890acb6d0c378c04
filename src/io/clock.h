// Time, passed in: what waits or stamps takes a Clock, and tests turn a ManualClock by hand.

#pragma once

#include <atomic>
#include <chrono>

#include "base/ids.h"

namespace daybook::io {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimestampMs wall() const = 0;  // what the calendar says
  virtual std::chrono::steady_clock::time_point steady()
      const = 0;  // for durations; never goes back
};

Clock& real_clock();

class ManualClock final : public Clock {
 public:
  explicit ManualClock(TimestampMs start) : wall_ms_(start.value) {}
  TimestampMs wall() const override { return TimestampMs{wall_ms_.load()}; }
  std::chrono::steady_clock::time_point steady() const override {
    return std::chrono::steady_clock::time_point(std::chrono::milliseconds(wall_ms_.load()));
  }
  void advance(std::chrono::milliseconds by) { wall_ms_ += by.count(); }

 private:
  std::atomic<std::int64_t> wall_ms_;
};

}  // namespace daybook::io
