// Events per second over the last seconds, from a counter that only grows.

#pragma once

#include <chrono>
#include <cstdint>
#include <deque>

namespace daybook::flow {

class Rate {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kWindow{5};

  void record(Time now, std::int64_t total);
  // 0 once nothing was counted for the length of the window.
  double per_second(Time now) const;

 private:
  struct Sample {
    Time time;
    std::int64_t total;
  };
  static constexpr std::size_t kMaxSamples = 64;
  std::deque<Sample> samples_;
};

}  // namespace daybook::flow
