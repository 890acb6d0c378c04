// The kind `table`: a SELECT that is folded, and the key that its rows are looked up by.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "views/view_kind.h"

namespace daybook::views::table {

// Checks nothing yet. Rows that are older than the newest event by more than `keep_ms` are
// forgotten; 0: none are.
std::unique_ptr<ViewPlan> make_table_plan(std::vector<std::string> key, std::string sql,
                                          std::int64_t keep_ms = 0);

}  // namespace daybook::views::table
