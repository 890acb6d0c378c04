// The kind `table`: a SELECT that is folded, and the key that its rows are looked up by.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "views/view_kind.h"

namespace daybook::views::table {

// Checks nothing yet.
std::unique_ptr<ViewPlan> make_table_plan(std::vector<std::string> key, std::string sql);

}  // namespace daybook::views::table
