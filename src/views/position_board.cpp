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

void PositionBoard::set_moving(bool moving) {
  {
    const std::lock_guard lock(mutex_);
    is_moving_ = moving;
  }
  moved_.notify_all();
}

bool PositionBoard::is_moving() const {
  const std::lock_guard lock(mutex_);
  return is_moving_;
}

bool PositionBoard::wait_for(const client::Position& wanted, std::chrono::milliseconds time) const {
  std::unique_lock lock(mutex_);
  const auto is_over = [&] { return !is_moving_ || flow::covers(position_, wanted); };
  return moved_.wait_for(lock, time, is_over) && flow::covers(position_, wanted);
}

}  // namespace daybook::views
