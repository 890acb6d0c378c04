// Rows of a view as JSON: whole numbers and DOUBLE as numbers, BOOLEAN as true and false, JSON as
// it is, everything else (DECIMAL, times, whole numbers beyond 64 bits, NaN) as text, so that a
// topic of such values is read back as the same columns.

#pragma once

#include <string>
#include <vector>

#include "views/answer.h"

namespace daybook::views {

// {"account_id":4711,"balance":"10.00"}
void append_row_json(const std::vector<ResultColumn>& columns, const std::vector<Value>& row,
                     std::string& out);

}  // namespace daybook::views
