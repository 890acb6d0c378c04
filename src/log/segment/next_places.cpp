#include "log/segment/next_places.h"

#include <algorithm>

namespace daybook::log {

void NextPlaces::add(Offset segment, const BatchPlace& batch) {
  if (find(segment, batch.base)) return;
  if (places_.size() < kMaxPlaces) {
    places_.push_back({segment, batch});
    return;
  }
  places_[oldest_] = {segment, batch};
  oldest_ = (oldest_ + 1) % kMaxPlaces;
}

std::optional<BatchPlace> NextPlaces::find(Offset segment, Offset base) const {
  const auto found = std::ranges::find_if(places_, [&](const Place& place) {
    return place.segment == segment && place.batch.base == base;
  });
  return found == places_.end() ? std::nullopt : std::optional(found->batch);
}

}  // namespace daybook::log
