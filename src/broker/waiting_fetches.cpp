#include "broker/waiting_fetches.h"

#include <vector>

namespace daybook::broker {

WaitingFetches::Place WaitingFetches::add(const std::shared_ptr<WaitingFetch>& fetch) {
  std::unique_lock lock(mutex_);
  const Place place = waiting_.insert(waiting_.end(), fetch);
  const bool ended = ended_;
  lock.unlock();
  if (ended) fetch->end();
  return place;
}

void WaitingFetches::remove(Place place) {
  const std::lock_guard lock(mutex_);
  waiting_.erase(place);
}

void WaitingFetches::end_all() {
  std::vector<std::shared_ptr<WaitingFetch>> fetches;
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    for (const auto& each : waiting_) {
      if (auto fetch = each.lock()) fetches.push_back(std::move(fetch));
    }
  }
  for (const auto& fetch : fetches) fetch->end();
}

}  // namespace daybook::broker
