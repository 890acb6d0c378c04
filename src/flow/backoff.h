// Pauses between attempts: doubling from the first to a bound, each shortened by a random part, so
// that many tasks which lost the same log do not come back in step.

#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>

namespace daybook::flow {

class Backoff {
 public:
  using milliseconds = std::chrono::milliseconds;

  Backoff(milliseconds first, milliseconds bound, std::uint64_t seed)
      : first_(first), bound_(bound), next_(first), random_(seed) {}

  milliseconds next() {
    const auto pause = next_;
    next_ = std::min(bound_, next_ * 2);
    std::uniform_int_distribution<std::int64_t> part(pause.count() / 2, pause.count());
    return milliseconds(part(random_));
  }
  void reset() { next_ = first_; }

 private:
  milliseconds first_;
  milliseconds bound_;
  milliseconds next_;
  std::mt19937_64 random_;
};

}  // namespace daybook::flow
