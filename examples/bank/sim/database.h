// A connection to PostgreSQL that carries out many small transactions without waiting for each:
// libpq's pipeline. Statements are sent one after the other, end_transaction() closes what was sent
// since the last one into a transaction, and outcomes come back in the same order.
//
// One thread. An Error ends the connection's use.

#pragma once

#include <libpq-fe.h>

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bank {

using Error = std::string;
template <class T>
using Result = std::expected<T, Error>;

using Value = std::optional<std::string>;  // absent: NULL
using Row = std::vector<Value>;

// Refused: a constraint of the schema said no, or others' transactions were in the way.
enum class Outcome { kCommitted, kRefused };

class Database {
 public:
  static Result<Database> connect(const std::string& dsn);

  // Outside the pipeline. `sql` may hold several statements; the last one's rows are returned.
  Result<std::vector<Row>> query(const std::string& sql);
  Result<void> prepare(const char* name, const char* sql);

  Result<void> enter_pipeline();
  Result<void> leave_pipeline();  // nothing may be in flight
  Result<void> send(const char* prepared, const std::vector<Value>& values);
  Result<void> end_transaction();
  // Moves bytes both ways without waiting, and appends the outcomes that have arrived. A failure
  // other than a refusal is an error.
  Result<void> exchange(std::vector<Outcome>& outcomes);
  std::size_t in_flight() const { return in_flight_; }  // ended transactions without an outcome
  // Until the connection has something to exchange().
  void wait(int timeout_ms) const;
  int socket() const { return PQsocket(connection_.get()); }
  bool wants_to_write() const { return wants_to_write_; }

 private:
  struct Close {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };
  explicit Database(PGconn* connection) : connection_(connection) {}
  Error last_error(std::string_view attempted) const;
  Result<void> take(PGresult* result, std::vector<Outcome>& outcomes);

  std::unique_ptr<PGconn, Close> connection_;
  std::size_t in_flight_ = 0;
  bool refused_ = false;  // the transaction whose results are arriving was refused
  bool wants_to_write_ = false;
};

}  // namespace bank
