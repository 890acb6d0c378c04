#include "cli/start_point.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "base/units.h"

namespace daybook::cli {
namespace {

// The number that stands alone in text[from, from + digits), or -1.
int number_at(std::string_view text, std::size_t from, std::size_t digits) {
  if (from + digits > text.size()) return -1;
  int number = -1;
  const char* end = text.data() + from + digits;
  const auto [rest, error] = std::from_chars(text.data() + from, end, number);
  return error == std::errc{} && rest == end ? number : -1;
}

bool fits(std::string_view text, std::string_view form) {
  const auto same = [](char given, char wanted) {
    return wanted == '0' ? given >= '0' && given <= '9' : given == wanted;
  };
  return std::ranges::equal(text, form, same);
}

Result<TimestampMs> parse_time(std::string_view text) {
  const auto wrong = fail(ErrorCode::kInvalid, "");
  if (text.ends_with('Z')) text.remove_suffix(1);
  const bool day_only = fits(text, "0000-00-00");
  const bool to_minute = fits(text, "0000-00-00T00:00");
  const bool to_second = fits(text, "0000-00-00T00:00:00");
  if (!day_only && !to_minute && !to_second) return wrong;
  const std::chrono::year_month_day day{
      std::chrono::year(number_at(text, 0, 4)),
      std::chrono::month(static_cast<unsigned>(number_at(text, 5, 2))),
      std::chrono::day(static_cast<unsigned>(number_at(text, 8, 2)))};
  const int hour = day_only ? 0 : number_at(text, 11, 2);
  const int minute = day_only ? 0 : number_at(text, 14, 2);
  const int second = to_second ? number_at(text, 17, 2) : 0;
  if (!day.ok() || hour > 23 || minute > 59 || second > 59) return wrong;
  const auto time = std::chrono::sys_days(day) + std::chrono::hours(hour) +
                    std::chrono::minutes(minute) + std::chrono::seconds(second);
  return TimestampMs{
      std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count()};
}

}  // namespace

Result<StartPoint> parse_start_point(std::string_view text, TimestampMs now) {
  if (text == "beginning") return FromBeginning{};
  if (text == "end") return FromEnd{};
  std::int64_t offset = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), offset);
  if (error == std::errc{} && rest == text.data() + text.size() && offset >= 0) {
    return Offset{offset};
  }
  if (text.starts_with('-')) {
    const auto ago_ms = parse_duration_ms(text.substr(1));
    if (ago_ms && *ago_ms >= 0) return TimestampMs{std::max<std::int64_t>(0, now.value - *ago_ms)};
  }
  if (const auto time = parse_time(text)) return *time;
  return fail(ErrorCode::kInvalid,
              "\"" + std::string(text) +
                  "\" is not where reading can start: write beginning, end, an offset, a time such "
                  "as 2026-11-23T15:04:05Z (UTC), or how long ago, such as -15m");
}

}  // namespace daybook::cli
