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
  // What the task has computed and will post by itself, however it is held.
  void announce(const client::Position& position);
  client::Position coming() const;
  // Whether the task runs, so that the position may move. Nobody waits while it does not.
  void set_moving(bool moving);
  bool is_moving() const;
  // False if `wanted` was not reached within the time, or while there was anything to wait for.
  bool wait_for(const client::Position& wanted, std::chrono::milliseconds time) const;
  bool is_awaited() const;  // somebody waits

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable moved_;
  client::Position position_;
  client::Position coming_;
  mutable int waiting_ = 0;
  bool is_moving_ = true;  // before the first start, too: it is about to
};

}  // namespace daybook::views
