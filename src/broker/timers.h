// Calls back later, on its own thread: the ends of long polls and the deadlines of groups.
//
// Threads: any. Callbacks run one at a time and must not block; they may set and cancel timers.

#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace daybook::io {
class Clock;
}

namespace daybook::broker {

class Timers {
 public:
  using Id = std::uint64_t;
  using TimePoint = std::chrono::steady_clock::time_point;
  static constexpr Id kNone = 0;

  explicit Timers(io::Clock& clock);
  ~Timers();
  Timers(const Timers&) = delete;
  Timers& operator=(const Timers&) = delete;

  Id at(TimePoint when, std::move_only_function<void()> callback);
  // True if the callback was dropped before it ran; false if it has run, is running or is unknown.
  bool cancel(Id id);

  // Drops what is set and waits for a running callback. Later timers are never called.
  void stop();

 private:
  void run();

  io::Clock& clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::pair<TimePoint, Id>, std::move_only_function<void()>> waiting_;
  std::map<Id, TimePoint> times_;
  Id last_id_ = kNone;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace daybook::broker
