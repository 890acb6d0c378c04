#include "sources/kinds/postgres/protocol/pg_error.h"

#include <string>

#include <fmt/format.h>
#include <libpq-fe.h>

namespace daybook::sources::postgres {
namespace {

constexpr std::size_t kSqlstateChars = 5;

bool is_sqlstate(std::string_view text) {
  if (text.size() != kSqlstateChars) return false;
  for (const char c : text) {
    if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'))) return false;
  }
  return true;
}

// While connecting, libpq gives the SQLSTATE only inside its verbose message:
//   connection to server at "::1", port 5432 failed: FATAL:  28P01: password authentication ...
//   LOCATION:  auth_failed, auth.c:326
struct Failure {
  std::string sqlstate;
  std::string message;
};

Failure failure_of(std::string_view text) {
  Failure failure;
  std::string& message = failure.message;
  while (!text.empty()) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    while (line.starts_with(' ') || line.starts_with('\t')) line.remove_prefix(1);
    if (line.empty() || line.starts_with("LOCATION:")) continue;
    for (std::size_t at = line.find(":  "); at != std::string_view::npos;
         at = line.find(":  ", at + 1)) {
      const auto candidate = line.substr(at + 3, kSqlstateChars);
      if (!is_sqlstate(candidate) || line.substr(at + 3 + kSqlstateChars, 2) != ": ") continue;
      failure.sqlstate = candidate;
      message += message.empty() ? "" : "; ";
      message += line.substr(0, at + 2);
      line.remove_prefix(at + 3 + kSqlstateChars + 2);
      break;
    }
    if (!message.empty() && !message.ends_with(' ')) message += "; ";
    message += line;
  }
  return failure;
}

}  // namespace

ErrorCode code_of_sqlstate(std::string_view sqlstate) {
  const auto category = sqlstate.substr(0, 2);
  if (sqlstate.empty() || category == "08" || category == "53" || category == "57" ||
      category == "58" || category == "40" || sqlstate == "55006" || sqlstate == "XX000") {
    return ErrorCode::kUnavailable;
  }
  if (sqlstate == "42P01" || sqlstate == "42704" || sqlstate == "3D000" || sqlstate == "3F000") {
    return ErrorCode::kNotFound;
  }
  if (sqlstate == "42710") return ErrorCode::kAlreadyExists;
  if (category == "0A") return ErrorCode::kUnsupported;
  return ErrorCode::kInvalid;
}

std::unexpected<Error> pg_fail(const pg_conn* connection, const pg_result* result,
                               std::string_view what) {
  if (result != nullptr) {
    const char* sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char* hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
    if (message != nullptr) {
      return fail(code_of_sqlstate(sqlstate != nullptr ? sqlstate : ""),
                  fmt::format("{}: {}{}{}", what, message, hint != nullptr ? "; " : "",
                              hint != nullptr ? hint : ""));
    }
  }
  const auto failure = failure_of(PQerrorMessage(connection));
  return fail(code_of_sqlstate(failure.sqlstate),
              fmt::format("{}: {}", what,
                          failure.message.empty() ? "the connection was lost" : failure.message));
}

}  // namespace daybook::sources::postgres
