#include "log/segment/checked_ranges.h"

#include <algorithm>

namespace daybook::log {

void CheckedRanges::add(std::uint32_t from, std::uint32_t to) {
  if (from >= to) return;
  // What touches it becomes one with it.
  const auto first = std::ranges::lower_bound(ranges_, from, {}, &Range::to);
  const auto behind = std::ranges::upper_bound(first, ranges_.end(), to, {}, &Range::from);
  if (first != behind) {
    first->from = std::min(first->from, from);
    first->to = std::max((behind - 1)->to, to);
    ranges_.erase(first + 1, behind);
    return;
  }
  ranges_.insert(first, {from, to});
  if (ranges_.size() <= kMaxRanges) return;
  ranges_.erase(std::ranges::min_element(ranges_, {},
                                         [](const Range& range) { return range.to - range.from; }));
}

std::uint32_t CheckedRanges::end_from(std::uint32_t position) const {
  const auto found = std::ranges::upper_bound(ranges_, position, {}, &Range::to);
  return found != ranges_.end() && found->from <= position ? found->to : position;
}

}  // namespace daybook::log
