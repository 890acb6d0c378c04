// The events of a topic from where the log begins up to a position. It ends there, or where the log
// ended when it began if that is before it, or earlier at a bound. Offsets without a record are
// passed as the log tells of them: that nothing comes is no end.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "views/clocked_events.h"
#include "views/lineage/event_walk.h"

namespace daybook::views {

class LogWalk final : public EventWalk {
 public:
  // Of the partitions that `end` names, up to its offsets.
  static Result<std::unique_ptr<LogWalk>> start(client::LogClient& log, client::Position end,
                                                WalkBounds bounds);

  Result<std::span<const sql::InputEvent>> next(bool with_headers) override;
  client::Position position() const override { return position_; }
  std::int64_t events_read() const override { return events_read_; }
  const std::string& stopped_by() const override { return stopped_by_; }

 private:
  LogWalk(client::Position end, WalkBounds bounds)
      : end_(std::move(end)), bounds_(std::move(bounds)) {}
  Result<bool> is_over();
  bool has_read_all() const;
  Status leave_finished();
  void note(const client::Batch& batch);

  const client::Position end_;
  const WalkBounds bounds_;
  std::unique_ptr<client::Reader> reader_;
  client::Position log_end_;
  client::Position position_;
  std::unique_ptr<client::Batch> batch_;
  EventTimes times_;
  ClockedEvents clocked_;
  std::vector<sql::InputEvent> taken_;
  std::size_t reading_ = 0;  // partitions
  std::int64_t events_read_ = 0;
  std::string stopped_by_;
};

}  // namespace daybook::views
