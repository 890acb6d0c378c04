// Where a view is, for those who wait for it to get further: the task posts, readers wait.
// Threads: any.

#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "client/log_client.h"

namespace daybook::views {

class PositionBoard {
 public:
  void post(const client::Position& position);
  client::Position latest() const;
  // False if `wanted` was not reached within the time.
  bool wait_for(const client::Position& wanted, std::chrono::milliseconds time) const;

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable moved_;
  client::Position position_;
};

}  // namespace daybook::views
