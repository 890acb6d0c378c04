// UUIDs between their text and DuckDB's whole number of 128 bits, whose first bit is flipped so
// that the signed order of the numbers is the order of the text.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sql/int128.h"

namespace daybook::sql {

// 32 hexadecimal digits in either case, with hyphens anywhere; nothing for other text.
std::optional<Int128> parse_uuid(std::string_view text);

// Lower case, with hyphens where RFC 9562 has them.
std::string uuid_text(Int128 stored);

}  // namespace daybook::sql
