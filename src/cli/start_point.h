// Where to start reading a topic, as --from says it: "beginning", "end", an offset, or a time.

#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "base/ids.h"
#include "base/result.h"

namespace daybook::cli {

struct FromBeginning {};
struct FromEnd {};
using StartPoint = std::variant<FromBeginning, FromEnd, Offset, TimestampMs>;

// A time is UTC: 2026-11-23, 2026-11-23T15:04, 2026-11-23T15:04:05, with or without Z; or a
// duration before `now`: -15m. kInvalid says the forms.
Result<StartPoint> parse_start_point(std::string_view text, TimestampMs now);

}  // namespace daybook::cli
