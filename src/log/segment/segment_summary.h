// What is known of a segment without reading it: what retention and compaction decide by.

#pragma once

#include <cstdint>

#include "base/ids.h"

namespace daybook::log {

struct SegmentSummary {
  Offset base;
  Offset end;  // where the next one begins
  std::uint64_t size_bytes = 0;
  TimestampMs max_timestamp = kNoTimestamp;
};

}  // namespace daybook::log
