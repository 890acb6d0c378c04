// instr, replace, trim, ltrim and rtrim as SQLite has them, in time that grows with their arguments
// and not with the product of their lengths. SQLite looks at a query's time limit between steps
// only: a single instr of 14 MB in which 7 MB are looked for ran for days.

#pragma once

#include "base/result.h"
#include "views/sqlite/database.h"

namespace daybook::views::sqlite {

Status add_text_functions(Database& database);

}  // namespace daybook::views::sqlite
