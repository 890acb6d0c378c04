// One source on a thread of its own. A source that gives up (a wrong password, a setting of the
// database) has said so, and is tried again from time to time: whoever mends the cause need not
// restart anything. The other parts of the app do not notice.

#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "app/app_file.h"
#include "client/log_client.h"
#include "io/clock.h"
#include "sources/source.h"

namespace daybook::app {

// The first pause after a source gave up; each further one is twice as long, up to the longest.
inline constexpr std::chrono::milliseconds kFirstSourceRetry{10'000};
inline constexpr std::chrono::milliseconds kLongestSourceRetry{60'000};

class SourceTask {
 public:
  // All of it must outlive the task.
  SourceTask(const SourceSection& section, client::LogClient& log, const io::Clock& clock,
             std::chrono::milliseconds first_retry = kFirstSourceRetry);
  ~SourceTask();
  SourceTask(const SourceTask&) = delete;
  SourceTask& operator=(const SourceTask&) = delete;

  void request_stop() { thread_.request_stop(); }  // does not wait; the destructor does
  sources::SourceStatus status() const;            // by any thread

 private:
  void work(std::stop_token stop);

  const SourceSection& section_;
  client::LogClient& log_;
  const io::Clock& clock_;
  const std::chrono::milliseconds first_retry_;
  mutable std::mutex mutex_;
  std::condition_variable_any stopping_;
  std::shared_ptr<sources::Source> source_;  // the current attempt; shared with status()
  std::uint64_t earlier_events_ = 0;         // of the attempts before it
  std::jthread thread_;                      // last: it uses all of the above
};

}  // namespace daybook::app
