// Money and time as the bank counts them, and as PostgreSQL reads them.

#pragma once

#include <cstdint>
#include <string>

namespace bank {

using Cents = std::int64_t;
using MicrosUtc = std::int64_t;  // since 1970-01-01

std::string money_text(Cents amount);                 // -1234 -> "-12.34"
std::string time_text(MicrosUtc at);                  // "2026-01-05 08:00:00.000000+00"
std::string date_text(std::int64_t days);             // days since 1970-01-01 -> "2026-01-05"
std::string degrees_text(std::int64_t microdegrees);  // 38722300 -> "38.722300"

}  // namespace bank
