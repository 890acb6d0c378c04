// Decimals as Kafka Connect's JSON converter writes them: the unscaled number as a big-endian two's
// complement, in base64.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sql/int128.h"

namespace daybook::sql {

// Nothing for what is no base64 of 1 to 16 bytes.
std::optional<Int128> parse_unscaled(std::string_view base64);

// The number with `scale` digits behind the point, with every digit: ("ATJ5", 3) is "78.457".
// Nothing for what is no base64 of such a number, or has more than 1,000 digits.
std::optional<std::string> unscaled_text(std::string_view base64, int scale);

}  // namespace daybook::sql
