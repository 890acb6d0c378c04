// Durations and sizes as people write them: "90d", "15m", "1GiB", "forever"; and what counts times.

#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace daybook {

inline constexpr std::int64_t kMicrosPerMs = 1'000;

// A whole number and one of ms, s, m, h, d, w, in milliseconds: "90d" is 7776000000. "forever" is
// -1, as in Kafka's retention.ms.
Result<std::int64_t> parse_duration_ms(std::string_view text);

// A whole number and optionally one of B, KiB, MiB, GiB, TiB or kB, MB, GB, TB, in bytes.
Result<std::int64_t> parse_size_bytes(std::string_view text);

}  // namespace daybook
