// What SQL that anybody may send is not let do. DuckDB goes through JSON level by level in a few of
// its functions and has no bound on the levels: 600 KB of brackets, which repeat() makes of
// nothing, end the process for want of stack. They are refused by name, with what would run SQL
// that stands in a text; this knows the functions of the DuckDB that is built with.
//
// It has to come before the statement is prepared: what is constant is computed then.

#pragma once

#include <string>

#include "base/result.h"
#include "sql/duckdb/duck_session.h"

namespace daybook::sql {

// kInvalid: it is not a SELECT, or calls what is refused. SQL that DuckDB cannot read is left to
// prepare(), which says why.
Status check_query(DuckSession& session, const std::string& sql);

}  // namespace daybook::sql
