// How long a client waits for its log: as long as each call says, until its process is being
// stopped. From then on nothing waits beyond a short rest, so that a log which does not answer
// cannot hold up the stop; one that answers has this time for what is in hand.
//
// Shared by whoever ends it and all that was made from the same KafkaOptions. Threads: any.

#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>

namespace daybook::client {

class Patience {
 public:
  using Clock = std::chrono::steady_clock;
  using milliseconds = std::chrono::milliseconds;

  // Nothing waits longer than `rest` from now. The first time counts.
  void end_in(milliseconds rest) {
    auto never = Clock::time_point::max();
    end_.compare_exchange_strong(never, Clock::now() + rest);
  }
  bool is_ending() const { return end_.load() != Clock::time_point::max(); }

  // When a wait of `wanted` that begins now is over.
  Clock::time_point deadline(milliseconds wanted) const {
    return std::min(Clock::now() + wanted, end_.load());
  }
  // How long it is, and at least a millisecond: for what is there already.
  milliseconds limit(milliseconds wanted) const { return until(deadline(wanted)); }
  // How long to wait now of a wait that is to end at `deadline`.
  milliseconds until(Clock::time_point deadline) const {
    const auto left = std::min(deadline, end_.load()) - Clock::now();
    return std::max(std::chrono::ceil<milliseconds>(left), milliseconds(1));
  }
  bool is_over(Clock::time_point deadline) const {
    return Clock::now() >= std::min(deadline, end_.load());
  }

 private:
  std::atomic<Clock::time_point> end_{Clock::time_point::max()};
};

}  // namespace daybook::client
