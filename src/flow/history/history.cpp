#include "flow/history/history.h"

#include <algorithm>

namespace daybook::flow {

void History::advance(std::int64_t clock_ms) {
  clock_ms_ = std::max(clock_ms_, clock_ms);
}

std::vector<RememberedPtr> History::events_of(const std::string& key, std::int64_t clock_ms) const {
  std::vector<RememberedPtr> kept;
  const auto found = keys_.find(key);
  if (found == keys_.end()) return kept;
  for (const auto& event : found->second) {
    if (is_kept(*event, clock_ms)) kept.push_back(event);
  }
  return kept;
}

void History::add(const std::string& key, RememberedPtr event) {
  auto& events = keys_[key];
  bytes_ += event->size_bytes();
  ++count_;
  events.push_back(std::move(event));
  // Only what is in front and too old goes here; sweep() finds what stands behind younger ones.
  while (!events.empty() && !is_kept(*events.front(), clock_ms_)) {
    bytes_ -= events.front()->size_bytes();
    --count_;
    events.pop_front();
  }
  if (events.size() > 2 * kMaxHistoryOfKey) trim(events);
  if (count_ >= sweep_at_) sweep();
}

// To the last of those that are kept: no later event sees others.
void History::trim(Events& events) {
  const auto forget = [this](const RememberedPtr& event) {
    bytes_ -= event->size_bytes();
    --count_;
  };
  std::erase_if(events, [&](const RememberedPtr& event) {
    if (is_kept(*event, clock_ms_)) return false;
    forget(event);
    return true;
  });
  while (events.size() > kMaxHistoryOfKey) {
    forget(events.front());
    events.pop_front();
  }
}

void History::sweep() {
  bytes_ = 0;
  count_ = 0;
  for (auto entry = keys_.begin(); entry != keys_.end();) {
    auto& events = entry->second;
    std::erase_if(events,
                  [this](const RememberedPtr& event) { return !is_kept(*event, clock_ms_); });
    for (const auto& event : events) bytes_ += event->size_bytes();
    count_ += events.size();
    entry = events.empty() ? keys_.erase(entry) : std::next(entry);
  }
  sweep_at_ = std::max<std::size_t>(1'024, 2 * count_);
}

}  // namespace daybook::flow
