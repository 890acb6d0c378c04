// A copy of an event that outlives its batch.

#pragma once

#include <memory>
#include <string>

#include "sql/input.h"

namespace daybook::flow {

class RememberedEvent {
 public:
  explicit RememberedEvent(const sql::InputEvent& event);
  RememberedEvent(const RememberedEvent&) = delete;
  RememberedEvent& operator=(const RememberedEvent&) = delete;
  const sql::InputEvent& event() const { return event_; }  // one that is not new
  std::size_t size_bytes() const { return bytes_.size() + sizeof *this; }

 private:
  std::string bytes_;
  sql::InputEvent event_;
};

using RememberedPtr = std::shared_ptr<const RememberedEvent>;

}  // namespace daybook::flow
