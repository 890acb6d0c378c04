// For work that is waiting for the disk: several pieces of it at a time.

#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <thread>
#include <vector>

namespace daybook::log {

// Calls each(0) to each(count - 1), on up to `several` threads, of which one is the caller's.
inline void in_parallel(std::size_t count, std::size_t several,
                        const std::function<void(std::size_t)>& each) {
  std::atomic<std::size_t> next = 0;
  const auto some = [&] {
    for (std::size_t i = next++; i < count; i = next++) each(i);
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < std::min(several, count); ++i) threads.emplace_back(some);
  some();
  for (std::thread& thread : threads) thread.join();
}

}  // namespace daybook::log
