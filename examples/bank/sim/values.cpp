#include "values.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>

namespace bank {

std::string money_text(Cents amount) {
  return fmt::format("{}{}.{:02}", amount < 0 ? "-" : "", std::abs(amount) / 100,
                     std::abs(amount) % 100);
}

std::string degrees_text(std::int64_t microdegrees) {
  return fmt::format("{}{}.{:06}", microdegrees < 0 ? "-" : "", std::abs(microdegrees) / 1'000'000,
                     std::abs(microdegrees) % 1'000'000);
}

std::string date_text(std::int64_t days) {
  std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::string time_text(MicrosUtc at) {
  constexpr MicrosUtc kDay = 86'400'000'000;
  MicrosUtc in_day = at % kDay;
  std::int64_t seconds = in_day / 1'000'000;
  return fmt::format("{} {:02}:{:02}:{:02}.{:06}+00", date_text(at / kDay), seconds / 3600,
                     seconds / 60 % 60, seconds % 60, in_day % 1'000'000);
}

}  // namespace bank
