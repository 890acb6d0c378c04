// One connection to PostgreSQL through libpq: queries, COPY out, and the replication stream.
//
// Every wait ends within a fraction of a second when the stop token is triggered (kCancelled); the
// connection is of no use after that. Errors are classified by SQLSTATE: kUnavailable when the
// server is away, starting, stopping, full, or a slot is still held by a connection that is about
// to die; kNotFound for a name that is not there; kInvalid for what somebody must change. Messages
// name server, database and user, and never the password.
//
// Threads: one at a time.

#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "sources/kinds/postgres/protocol/lsn.h"
#include "sources/kinds/postgres/protocol/pgoutput.h"

struct pg_conn;
struct pg_result;

namespace daybook::sources::postgres {

using Row = std::vector<std::optional<std::string>>;
using Rows = std::vector<Row>;

enum class ConnectionUse : std::uint8_t { kSql, kReplication };

// The exact shape that the values of an event are made from. A table whose rows a policy would hide
// from this role is refused by the server, instead of being captured in part.
inline constexpr const char* kSessionSettings =
    "-c timezone=UTC -c datestyle=ISO -c intervalstyle=iso_8601 -c bytea_output=hex "
    "-c extra_float_digits=1 -c standard_conforming_strings=on -c statement_timeout=0 "
    "-c idle_in_transaction_session_timeout=0 -c lock_timeout=0 -c client_min_messages=warning "
    "-c row_security=off";

// What the server sent on a replication stream.
struct StreamedBytes {
  std::string_view message;  // of pgoutput; empty: only a sign of life. Valid until the next call
  Lsn at;                    // of the message, or how far the server has read its log
  Lsn server_end;            // the end of the server's log
  bool reply_wanted = false;
};

class Connection {
 public:
  // `dsn` is what libpq understands: key=value pairs or a URI.
  static Result<std::unique_ptr<Connection>> open(const std::string& dsn, ConnectionUse use,
                                                  std::stop_token stop);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  const std::string& database() const { return database_; }
  const std::string& user() const { return user_; }
  const std::string& where() const { return where_; }  // "database bank at 127.0.0.1:5432"
  int server_version() const;                          // 150004

  // One statement; its parameters are $1, $2, ... as text. On a replication connection without
  // parameters.
  Result<Rows> query(const std::string& sql, const std::vector<std::string>& parameters = {});
  Status execute(const std::string& sql);

  // COPY ... TO STDOUT: calls `take` with each line, without its end, until it fails.
  Status copy_out(const std::string& sql, const std::function<Status(std::string_view)>& take);

  // Begins to stream; then receive() and send_progress() are all that may be called.
  Status start_replication(const std::string& slot, const std::string& publication, Lsn from);
  // Nothing if nothing came in time. kUnavailable if the server ended the stream.
  Result<std::optional<StreamedBytes>> receive(std::chrono::milliseconds max_wait);
  // Everything below `durable` will never be asked for again.
  Status send_progress(Lsn durable);

 private:
  using ResultPtr = std::unique_ptr<pg_result, void (*)(pg_result*)>;

  Connection(pg_conn* connection, std::stop_token stop);
  Status connect();
  Result<ResultPtr> run(const std::string& sql, const std::vector<std::string>& parameters);
  Result<ResultPtr> next_result();
  Status wait_for(bool to_read, std::chrono::milliseconds max_wait, bool& ready);
  std::unexpected<Error> failed(std::string_view what, const pg_result* result = nullptr);
  void free_buffer();

  pg_conn* connection_;
  std::stop_token stop_;
  std::string database_;
  std::string user_;
  std::string where_;
  char* buffer_ = nullptr;  // libpq's, of the last message
};

}  // namespace daybook::sources::postgres
