// A cell as JSON, exactly, in the forms that the event decoder reads back: whole numbers as numbers
// (as text beyond 64 bits), DECIMAL as text with every digit, dates and times as ISO 8601 text,
// DOUBLE as the shortest number that is the same (NaN and the infinities as text), JSON as it is.

#pragma once

#include <string>

#include "sql/cell.h"
#include "sql/column_type.h"

namespace daybook::sql {

void append_json(const Cell& cell, ColumnType type, std::string& out);

// The same without quotes: what a key made of the cell is. Not for NULL.
void append_plain(const Cell& cell, ColumnType type, std::string& out);

}  // namespace daybook::sql
