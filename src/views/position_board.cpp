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

void PositionBoard::announce(const client::Position& position) {
  const std::lock_guard lock(mutex_);
  coming_ = position;
}

client::Position PositionBoard::coming() const {
  const std::lock_guard lock(mutex_);
  return coming_;
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
  ++waiting_;
  const bool is_there = moved_.wait_for(lock, time, is_over) && flow::covers(position_, wanted);
  --waiting_;
  return is_there;
}

bool PositionBoard::is_awaited() const {
  const std::lock_guard lock(mutex_);
  return waiting_ > 0;
}

}  // namespace daybook::views
