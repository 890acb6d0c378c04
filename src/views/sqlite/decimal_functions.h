// Exact decimals in SQL, by the names of SQLite's own decimal extension, which its shell contains:
// decimal_sum(x), decimal_add(a, b), decimal_sub(a, b), decimal_cmp(a, b), and COLLATE decimal.
// They work on text such as '-12.05', whole numbers too, up to 38 digits; NULL gives NULL, and what
// is no number, or leaves the range, is an error.

#pragma once

#include "base/result.h"
#include "views/sqlite/database.h"

namespace daybook::views::sqlite {

Status add_decimal_functions(Database& database);

}  // namespace daybook::views::sqlite
