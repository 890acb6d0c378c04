// Events of a log that was written long ago, for those who go back over them beside the task that
// keeps the view: from a reader, within bounds, each event with its clock.
//
// One thread.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "base/result.h"
#include "client/log_client.h"
#include "sql/input.h"

namespace daybook::views {

struct WalkBounds {
  std::int64_t events = 0;  // read from the log
  std::chrono::steady_clock::time_point deadline;
  std::function<bool()> is_cancelled;  // then the walk fails with kCancelled
};

class EventWalk {
 public:
  virtual ~EventWalk() = default;

  // The next events; none when it is over. Valid until the next call.
  virtual Result<std::span<const sql::InputEvent>> next(bool with_headers) = 0;

  // How far it has come: what lies below it has come out.
  virtual client::Position position() const = 0;
  virtual std::int64_t events_read() const = 0;
  // The bound that ended it early, or nothing.
  virtual const std::string& stopped_by() const = 0;
};

// Why it is over for a bound, or nothing. kCancelled.
Result<std::string> bound_that_was_hit(const WalkBounds& bounds, std::int64_t events_read);

}  // namespace daybook::views
