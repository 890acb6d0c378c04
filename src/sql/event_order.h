// The order in which the events of a batch are decoded: by clock, partition and offset.
//
// Events come from a log partition by partition, each in order, so that merging the partitions is
// enough; whatever else comes is sorted.

#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "sql/input.h"

namespace daybook::sql {

// `order` becomes the indexes of the events.
void order_events(std::span<const InputEvent> events, std::vector<std::size_t>& order);

}  // namespace daybook::sql
