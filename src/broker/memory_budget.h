// Memory that all connections share: what is held of it, and whether that is too much. Nobody waits
// here; who finds it short does with less, or comes back later. So that those who hold it cannot
// all wait for each other, one at a time may go on regardless (claim_overdraft()).
//
// Threads: any. Between looking and taking others may take as well, so what is held may be above
// the limit by what each I/O thread takes at once.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "broker/metrics.h"

namespace daybook::broker {

class MemoryBudget {
 public:
  // `held_bytes` shows how much is held.
  MemoryBudget(std::size_t limit_bytes, Counter& held_bytes)
      : limit_bytes_(limit_bytes), held_(held_bytes) {}

  void take(std::size_t bytes) {
    held_.fetch_add(static_cast<std::int64_t>(bytes), std::memory_order_relaxed);
  }
  void give_back(std::size_t bytes) {
    held_.fetch_sub(static_cast<std::int64_t>(bytes), std::memory_order_relaxed);
  }

  std::size_t limit_bytes() const { return limit_bytes_; }
  std::size_t held_bytes() const {
    return static_cast<std::size_t>(held_.load(std::memory_order_relaxed));
  }
  std::size_t left_bytes() const {
    const std::size_t held = held_bytes();
    return held < limit_bytes_ ? limit_bytes_ - held : 0;
  }
  bool is_short() const { return left_bytes() == 0; }

  // True if `who` may go on although the memory is short, until it gives that up.
  bool claim_overdraft(const void* who) {
    const void* nobody = nullptr;
    return overdrawn_by_.compare_exchange_strong(nobody, who) || nobody == who;
  }
  void release_overdraft(const void* who) { overdrawn_by_.compare_exchange_strong(who, nullptr); }

 private:
  const std::size_t limit_bytes_;
  Counter& held_;
  std::atomic<const void*> overdrawn_by_ = nullptr;
};

}  // namespace daybook::broker
