#include "views/lineage/event_walk.h"

namespace daybook::views {

Result<std::string> bound_that_was_hit(const WalkBounds& bounds, std::int64_t events_read) {
  if (bounds.is_cancelled()) return fail(ErrorCode::kCancelled, "the view is being stopped");
  if (events_read >= bounds.events) return std::to_string(bounds.events) + " events were read";
  if (std::chrono::steady_clock::now() > bounds.deadline) return "its time was up";
  return std::string();
}

}  // namespace daybook::views
