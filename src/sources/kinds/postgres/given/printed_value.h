// Values as people write them in tests, as PostgreSQL prints them: what the capture reads.

#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/result.h"
#include "sources/kinds/postgres/table.h"

namespace daybook::sources::postgres {

// With DateStyle ISO and TimeZone UTC, numbers with the digits behind the point that the column
// has; nothing for null. kInvalid, for the end of a sentence about the column: what it needs, not
// that.
Result<std::optional<std::string>> printed_value(const TableColumn& column,
                                                 const nlohmann::ordered_json& value);

}  // namespace daybook::sources::postgres
