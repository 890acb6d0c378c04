#include "sql/calendar.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

namespace daybook::sql {
namespace {

constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr std::int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;
constexpr std::size_t kDateSize = 10;

// `count` digits at the start of `text`, which are taken off it.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::int32_t> take_date(std::string_view& text) {
  const auto year = take_digits(text, 4);
  if (!year || *year < 1 || !take(text, '-')) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day) return std::nullopt;
  using namespace std::chrono;
  const year_month_day date{std::chrono::year(*year), std::chrono::month(unsigned(*month)),
                            std::chrono::day(unsigned(*day))};
  if (!date.ok()) return std::nullopt;
  return static_cast<std::int32_t>(sys_days(date).time_since_epoch().count());
}

std::optional<std::int64_t> take_time(std::string_view& text) {
  const auto hour = take_digits(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  std::optional<int> second = 0;
  std::int64_t fraction = 0;
  if (take(text, ':')) {
    second = take_digits(text, 2);
    if (!second || *second > 59) return std::nullopt;
    if (take(text, '.')) {
      std::int64_t unit = kMicrosPerSecond;
      if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;
      while (!text.empty() && text[0] >= '0' && text[0] <= '9') {
        unit /= 10;
        fraction += (text[0] - '0') * unit;
        text.remove_prefix(1);
      }
    }
  }
  return ((*hour * 60 + *minute) * 60 + *second) * kMicrosPerSecond + fraction;
}

// The zone's distance from UTC.
std::optional<std::int64_t> take_zone(std::string_view& text) {
  if (text.empty() || take(text, 'Z') || take(text, 'z')) return 0;
  const bool west = text.starts_with('-');
  if (!west && !text.starts_with('+')) return std::nullopt;
  text.remove_prefix(1);
  const auto hours = take_digits(text, 2);
  if (!hours || *hours > 18) return std::nullopt;
  std::optional<int> minutes = 0;
  if (!text.empty()) {
    take(text, ':');
    minutes = take_digits(text, 2);
    if (!minutes || *minutes > 59) return std::nullopt;
  }
  const std::int64_t distance = (*hours * 60 + *minutes) * 60 * kMicrosPerSecond;
  return west ? -distance : distance;
}

void append_fraction(std::string& text, std::int64_t micros) {
  if (micros == 0) return;
  std::array<char, 16> buffer;
  const int size = std::snprintf(buffer.data(), buffer.size(), ".%06d", static_cast<int>(micros));
  text.append(buffer.data(), static_cast<std::size_t>(size));
}

void append_two(std::string& text, unsigned value) {
  text += static_cast<char>('0' + value / 10 % 10);
  text += static_cast<char>('0' + value % 10);
}

}  // namespace

std::optional<std::int32_t> parse_date(std::string_view text) {
  const auto days = take_date(text);
  return text.empty() ? days : std::nullopt;
}

std::string date_text(std::int64_t days) {
  using namespace std::chrono;
  const year_month_day date{sys_days(std::chrono::days(days))};
  std::string text;
  const auto year = static_cast<int>(date.year());
  if (year < 1 || year > 9999) {
    text = std::to_string(year);
  } else {
    append_two(text, static_cast<unsigned>(year) / 100);
    append_two(text, static_cast<unsigned>(year) % 100);
  }
  text += '-';
  append_two(text, static_cast<unsigned>(date.month()));
  text += '-';
  append_two(text, static_cast<unsigned>(date.day()));
  return text;
}

std::optional<std::int64_t> parse_time(std::string_view text) {
  const auto micros = take_time(text);
  return text.empty() ? micros : std::nullopt;
}

std::string time_text(std::int64_t micros) {
  const auto seconds = static_cast<unsigned>(micros / kMicrosPerSecond);
  std::string text;
  append_two(text, seconds / 3600);
  text += ':';
  append_two(text, seconds / 60 % 60);
  text += ':';
  append_two(text, seconds % 60);
  append_fraction(text, micros % kMicrosPerSecond);
  return text;
}

std::optional<std::int64_t> parse_timestamp(std::string_view text) {
  const auto days = take_date(text);
  if (!days) return std::nullopt;
  const std::int64_t midnight = *days * kMicrosPerDay;
  if (text.empty()) return midnight;
  if (!take(text, 'T') && !take(text, ' ') && !take(text, 't')) return std::nullopt;
  const auto time = take_time(text);
  if (!time) return std::nullopt;
  if (text.starts_with(' ')) text.remove_prefix(1);
  const auto zone = take_zone(text);
  if (!zone || !text.empty()) return std::nullopt;
  return midnight + *time - *zone;
}

std::string timestamp_text(std::int64_t micros) {
  std::int64_t days = micros / kMicrosPerDay;
  if (micros % kMicrosPerDay < 0) --days;
  std::string text;
  text.reserve(kDateSize + 16);
  text += date_text(days);
  text += ' ';
  text += time_text(micros - days * kMicrosPerDay);
  return text;
}

}  // namespace daybook::sql
