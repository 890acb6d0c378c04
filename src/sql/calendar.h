// Dates and times as DuckDB counts them (days, and microseconds, since 1970-01-01) from and to ISO
// 8601 text, in the proleptic Gregorian calendar. Years 1 to 9999, so that text sorts as time.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace daybook::sql {

// "2026-11-23".
std::optional<std::int32_t> parse_date(std::string_view text);
std::string date_text(std::int64_t days);

// "14:56:07", "14:56:07.25": microseconds since midnight.
std::optional<std::int64_t> parse_time(std::string_view text);
std::string time_text(std::int64_t micros);

// "2026-11-23T14:56:07.123456Z", a blank instead of T, a zone as Z, +02, +0200 or +02:00, time and
// zone left out. Without a zone it is UTC. Digits beyond microseconds are cut off.
std::optional<std::int64_t> parse_timestamp(std::string_view text);
// "2026-11-23 14:56:07", with ".123456" only if it is not zero. DuckDB's text for a TIMESTAMP.
std::string timestamp_text(std::int64_t micros);

}  // namespace daybook::sql
