// Whether the log still answers: an application that was ready is not any more when its log has
// gone away, although its views go on answering.
//
// It asks the log on a thread of its own, so that check() waits for nothing. Thread-safe. Stops
// within kLogAnswerTime.

#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "base/ids.h"
#include "client/log_client.h"
#include "io/clock.h"

namespace daybook::app {

// A log that has been silent for so long is away; a shorter silence is a pause.
inline constexpr std::chrono::milliseconds kLogPatience{5'000};
inline constexpr std::chrono::milliseconds kLogAskInterval{1'000};
inline constexpr std::chrono::milliseconds kLogAnswerTime{2'000};  // for one question

class LogWatch {
 public:
  // The log has answered a moment ago. Both must outlive this.
  LogWatch(client::LogClient& log, const io::Clock& clock);

  // kUnavailable if it has not answered for kLogPatience: since when, and why.
  Status check() const;
  void request_stop() { thread_.request_stop(); }

 private:
  void watch(std::stop_token stop);
  void take(const Status& answer);

  client::LogClient& log_;
  const io::Clock& clock_;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable_any stopping_;
  std::chrono::steady_clock::time_point answered_;
  TimestampMs answered_at_;
  std::string reason_;
  std::jthread thread_;  // the last, so that it ends first
};

}  // namespace daybook::app
