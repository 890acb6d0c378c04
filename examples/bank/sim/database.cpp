#include "database.h"

#include <poll.h>

#include <cstring>

namespace bank {
namespace {

// SQLSTATE classes 23, integrity constraint violation, and 40, transaction rollback (a deadlock).
bool is_refusal(const PGresult* result) {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  return state != nullptr &&
         (std::strncmp(state, "23", 2) == 0 || std::strncmp(state, "40", 2) == 0);
}

struct Clear {
  void operator()(PGresult* result) const { PQclear(result); }
};
using OwnedResult = std::unique_ptr<PGresult, Clear>;

}  // namespace

Result<Database> Database::connect(const std::string& dsn) {
  Database database(PQconnectdb(dsn.c_str()));
  if (PQstatus(database.connection_.get()) != CONNECTION_OK) {
    return std::unexpected(database.last_error("connecting to PostgreSQL"));
  }
  return database;
}

Error Database::last_error(std::string_view attempted) const {
  return std::string(attempted) + ": " + PQerrorMessage(connection_.get());
}

Result<std::vector<Row>> Database::query(const std::string& sql) {
  OwnedResult result(PQexec(connection_.get(), sql.c_str()));
  auto status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
    return std::unexpected(last_error(sql));
  }
  std::vector<Row> rows(static_cast<std::size_t>(PQntuples(result.get())));
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (int column = 0; column < PQnfields(result.get()); ++column) {
      int line = static_cast<int>(row);
      bool null = PQgetisnull(result.get(), line, column) != 0;
      rows[row].push_back(null ? Value() : Value(PQgetvalue(result.get(), line, column)));
    }
  }
  return rows;
}

Result<void> Database::prepare(const char* name, const char* sql) {
  OwnedResult result(PQprepare(connection_.get(), name, sql, 0, nullptr));
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) return std::unexpected(last_error(sql));
  return {};
}

Result<void> Database::enter_pipeline() {
  if (PQenterPipelineMode(connection_.get()) != 1 || PQsetnonblocking(connection_.get(), 1) != 0) {
    return std::unexpected(last_error("entering pipeline mode"));
  }
  return {};
}

Result<void> Database::leave_pipeline() {
  if (PQexitPipelineMode(connection_.get()) != 1 || PQsetnonblocking(connection_.get(), 0) != 0) {
    return std::unexpected(last_error("leaving pipeline mode"));
  }
  return {};
}

Result<void> Database::send(const char* prepared, const std::vector<Value>& values) {
  std::vector<const char*> texts;
  for (const Value& value : values) texts.push_back(value ? value->c_str() : nullptr);
  if (PQsendQueryPrepared(connection_.get(), prepared, static_cast<int>(texts.size()), texts.data(),
                          nullptr, nullptr, 0) != 1) {
    return std::unexpected(last_error(prepared));
  }
  return {};
}

Result<void> Database::end_transaction() {
  if (PQpipelineSync(connection_.get()) != 1) {
    return std::unexpected(last_error("ending a transaction"));
  }
  ++in_flight_;
  return {};
}

Result<void> Database::exchange(std::vector<Outcome>& outcomes) {
  int flushed = PQflush(connection_.get());
  if (flushed < 0 || PQconsumeInput(connection_.get()) != 1) {
    return std::unexpected(last_error("talking to PostgreSQL"));
  }
  wants_to_write_ = flushed == 1;
  // In a pipeline a null result separates statements; two in a row mean that nothing is left.
  int nulls = 0;
  while (in_flight_ > 0 && nulls < 2 && PQisBusy(connection_.get()) == 0) {
    PGresult* result = PQgetResult(connection_.get());
    nulls = result == nullptr ? nulls + 1 : 0;
    if (result == nullptr) continue;
    if (auto taken = take(result, outcomes); !taken) return taken;
  }
  return {};
}

void Database::wait(int timeout_ms) const {
  short events = wants_to_write_ ? POLLIN | POLLOUT : POLLIN;
  pollfd file{.fd = socket(), .events = events, .revents = 0};
  poll(&file, 1, timeout_ms);
}

Result<void> Database::take(PGresult* result, std::vector<Outcome>& outcomes) {
  OwnedResult owned(result);
  switch (PQresultStatus(result)) {
    case PGRES_PIPELINE_SYNC:
      outcomes.push_back(refused_ ? Outcome::kRefused : Outcome::kCommitted);
      refused_ = false;
      --in_flight_;
      return {};
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_PIPELINE_ABORTED:  // follows the statement that failed
      return {};
    default:
      if (!is_refusal(result)) {
        return std::unexpected(std::string("a statement failed: ") + PQresultErrorMessage(result));
      }
      refused_ = true;
      return {};
  }
}

}  // namespace bank
