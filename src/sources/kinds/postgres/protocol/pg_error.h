// What libpq and the server say went wrong, as our Error: classified by SQLSTATE, on one line.

#pragma once

#include <string_view>

#include "base/result.h"

struct pg_conn;
struct pg_result;

namespace daybook::sources::postgres {

// By SQLSTATE; an empty one is the connection's own failure.
ErrorCode code_of_sqlstate(std::string_view sqlstate);

// "what: the server's message", from the result if it has one, else from the connection.
std::unexpected<Error> pg_fail(const pg_conn* connection, const pg_result* result,
                               std::string_view what);

}  // namespace daybook::sources::postgres
