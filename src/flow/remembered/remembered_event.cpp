#include "flow/remembered/remembered_event.h"

namespace daybook::flow {

RememberedEvent::RememberedEvent(const sql::InputEvent& event) : event_(event) {
  for (const auto& part : {event.key, event.value, event.headers}) bytes_ += part.value_or("");
  std::size_t at = 0;
  const auto take = [&](std::optional<std::string_view>& part) {
    if (!part) return;
    part = std::string_view(bytes_).substr(at, part->size());
    at += part->size();
  };
  take(event_.key);
  take(event_.value);
  take(event_.headers);
  event_.is_new = false;
}

}  // namespace daybook::flow
