// Where an event stands in the order of a view's input: by time, where an event's time is the
// largest timestamp of its partition up to it, then by partition and offset. It does not depend on
// how batches were cut.

#pragma once

#include <compare>
#include <cstdint>

namespace daybook::views {

struct EventPlace {
  std::int64_t time_ms = 0;
  std::int64_t partition = 0;
  std::int64_t offset = 0;
  friend auto operator<=>(const EventPlace&, const EventPlace&) = default;
};

}  // namespace daybook::views
