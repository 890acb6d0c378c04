// The events of a topic from where the log begins up to a position, for those who go back over them
// beside the task that keeps the view. It ends at the position, or where the log has no more before
// it, or earlier at a bound, and says so.
//
// One thread.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "client/log_client.h"
#include "sql/input.h"
#include "views/clocked_events.h"

namespace daybook::views {

struct WalkBounds {
  std::int64_t events = 0;
  std::chrono::steady_clock::time_point deadline;
  std::function<bool()> is_cancelled;  // then the walk fails with kCancelled
};

class LogWalk {
 public:
  // Of the partitions that `end` names, up to its offsets.
  static Result<std::unique_ptr<LogWalk>> start(client::LogClient& log, client::Position end,
                                                WalkBounds bounds);

  // The next events, with their clocks; none when it is over. Valid until the next call.
  Result<std::span<const sql::InputEvent>> next(bool with_headers);

  // Everything below it has come out, from `begin()` on.
  const client::Position& position() const { return position_; }
  const client::Position& begin() const { return begin_; }
  std::int64_t events_read() const { return events_read_; }
  // The largest timestamp that came out.
  std::int64_t newest_ms() const { return newest_ms_; }
  // The bound that ended it, or nothing.
  const std::string& stopped_by() const { return stopped_by_; }

 private:
  LogWalk(client::Position end, WalkBounds bounds)
      : end_(std::move(end)), bounds_(std::move(bounds)) {}
  bool is_over();
  bool has_drained() const;
  Status leave_finished();
  void note(const client::Batch& batch);

  const client::Position end_;
  const WalkBounds bounds_;
  std::unique_ptr<client::Reader> reader_;
  client::Position begin_;
  client::Position log_end_;
  client::Position position_;
  std::unique_ptr<client::Batch> batch_;
  EventTimes times_;
  ClockedEvents clocked_;
  std::vector<sql::InputEvent> taken_;
  std::size_t reading_ = 0;  // partitions
  std::int64_t events_read_ = 0;
  std::int64_t newest_ms_ = 0;
  int quiet_fetches_ = 0;  // in a row
  std::string stopped_by_;
};

}  // namespace daybook::views
