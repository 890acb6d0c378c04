// A line of COPY's text format, split into the fields of a row. Format: PostgreSQL's documentation
// of COPY, "Text Format".

#pragma once

#include <string>
#include <string_view>

#include "sources/kinds/postgres/protocol/pgoutput.h"

namespace daybook::sources::postgres {

// The fields point into `memory`, which is replaced. kCorrupt if there are not `columns` fields.
Status parse_copy_line(std::string_view line, std::size_t columns, std::string& memory, Tuple& row);

}  // namespace daybook::sources::postgres
