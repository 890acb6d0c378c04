// Keeps what strangers do on the network from filling the operator's screen: so many lines a
// second, and a count of what was left out.
//
// Threads: any.

#pragma once

#include <chrono>
#include <mutex>
#include <string>

namespace daybook::broker {

class ReportLimiter {
 public:
  // True if a line may be reported at `now`; `left_out` is then what to add to it about the lines
  // that were dropped before, or empty.
  bool allow(std::chrono::steady_clock::time_point now, std::string& left_out);

 private:
  std::mutex mutex_;
  std::chrono::steady_clock::time_point second_{};
  std::size_t in_second_ = 0;
  std::size_t dropped_ = 0;
};

}  // namespace daybook::broker
