#include "views/position_board.h"

#include "flow/position_text.h"

namespace daybook::views {

void PositionBoard::post(const client::Position& position) {
  {
    const std::lock_guard lock(mutex_);
    position_ = position;
  }
  moved_.notify_all();
}

client::Position PositionBoard::latest() const {
  const std::lock_guard lock(mutex_);
  return position_;
}

bool PositionBoard::wait_for(const client::Position& wanted, std::chrono::milliseconds time) const {
  std::unique_lock lock(mutex_);
  return moved_.wait_for(lock, time, [&] { return flow::covers(position_, wanted); });
}

}  // namespace daybook::views
