#include "sources/kinds/postgres/protocol/connection.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>

#include "base/endian.h"
#include "base/report.h"
#include "sources/kinds/postgres/protocol/pg_error.h"
#include "sources/kinds/postgres/table.h"

namespace daybook::sources::postgres {
namespace {

using std::chrono::milliseconds;

// How long a wait sleeps before it looks at the stop token again.
constexpr milliseconds kStopPoll{100};
constexpr milliseconds kConnectTimeout{10'000};
constexpr milliseconds kForever{24 * 3'600'000};

// Sizes of the replication protocol's own messages (PostgreSQL's documentation, "Streaming
// Replication Protocol").
constexpr std::size_t kDataHeaderBytes = 25;
constexpr std::size_t kKeepaliveBytes = 18;
constexpr std::size_t kStatusBytes = 34;

void report_notice(void*, const char* text) {
  std::string_view line(text);
  while (line.ends_with('\n')) line.remove_suffix(1);
  report(Severity::kWarning, "sources", line);
}

bool failed_result(const PGresult* result) {
  const auto status = PQresultStatus(result);
  return status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK;
}

PgTimestamp now_for_server() {
  const auto since_1970 = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  return PgTimestamp{since_1970.count() - unix_micros(PgTimestamp{0})};
}

}  // namespace

Connection::Connection(pg_conn* connection, std::stop_token stop)
    : connection_(connection), stop_(std::move(stop)) {}

Connection::~Connection() {
  free_buffer();
  PQfinish(connection_);
}

void Connection::free_buffer() {
  PQfreemem(buffer_);
  buffer_ = nullptr;
}

Result<std::unique_ptr<Connection>> Connection::open(const std::string& dsn, ConnectionUse use,
                                                     std::stop_token stop) {
  // `dbname` first: it may be a whole connection string, which the names after it add to.
  const std::array<const char*, 8> names = {
      "dbname",
      "options",
      "client_encoding",
      "fallback_application_name",
      "keepalives_idle",
      "tcp_user_timeout",
      use == ConnectionUse::kReplication ? "replication" : nullptr,
      nullptr};
  const std::array<const char*, 8> values = {dsn.c_str(), kSessionSettings, "UTF8",     "daybook",
                                             "10",        "30000",          "database", nullptr};
  pg_conn* raw = PQconnectStartParams(names.data(), values.data(), /*expand_dbname=*/1);
  if (raw == nullptr) return fail(ErrorCode::kNoSpace, "no memory for a connection to PostgreSQL");
  std::unique_ptr<Connection> connection(new Connection(raw, std::move(stop)));
  PQsetNoticeProcessor(raw, report_notice, nullptr);
  DAYBOOK_TRY_VOID(connection->connect());
  return connection;
}

Status Connection::connect() {
  const auto text = [](const char* value) { return std::string(value != nullptr ? value : ""); };
  database_ = text(PQdb(connection_));
  user_ = text(PQuser(connection_));
  where_ = fmt::format("database {} at {}:{}", database_, text(PQhost(connection_)),
                       text(PQport(connection_)));
  const auto what = fmt::format("cannot connect to {} as {}", where_, user_);
  if (PQstatus(connection_) == CONNECTION_BAD) return failed(what);
  PQsetErrorVerbosity(connection_, PQERRORS_VERBOSE);  // with the SQLSTATE in it
  const auto deadline = std::chrono::steady_clock::now() + kConnectTimeout;
  auto wanted = PGRES_POLLING_WRITING;
  while (wanted != PGRES_POLLING_OK) {
    const auto left =
        std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
    bool ready = false;
    DAYBOOK_TRY_VOID(wait_for(wanted == PGRES_POLLING_READING, left, ready));
    if (!ready) {
      return fail(ErrorCode::kUnavailable,
                  fmt::format("{}: no answer in {} s", what, kConnectTimeout.count() / 1000));
    }
    wanted = PQconnectPoll(connection_);
    if (wanted == PGRES_POLLING_FAILED) return failed(what);
  }
  PQsetErrorVerbosity(connection_, PQERRORS_DEFAULT);
  return {};
}

int Connection::server_version() const {
  return PQserverVersion(connection_);
}

std::unexpected<Error> Connection::failed(std::string_view what, const pg_result* result) {
  return pg_fail(connection_, result, what);
}

Status Connection::wait_for(bool to_read, milliseconds max_wait, bool& ready) {
  const auto deadline = std::chrono::steady_clock::now() + max_wait;
  ready = false;
  while (true) {
    if (stop_.stop_requested()) return fail(ErrorCode::kCancelled, "asked to stop");
    const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd descriptor{PQsocket(connection_), static_cast<short>(to_read ? POLLIN : POLLOUT), 0};
    const auto slice = std::clamp(left, milliseconds(0), kStopPoll);
    const int count = ::poll(&descriptor, 1, static_cast<int>(slice.count()));
    if (count < 0 && errno != EINTR) {
      return fail(ErrorCode::kUnavailable,
                  fmt::format("{}: cannot wait for the socket: {}", where_, std::strerror(errno)));
    }
    ready = count > 0;
    if (ready || left <= slice) return {};
  }
}

Result<Connection::ResultPtr> Connection::next_result() {
  while (PQisBusy(connection_) != 0) {
    bool ready = false;
    DAYBOOK_TRY_VOID(wait_for(/*to_read=*/true, kForever, ready));
    if (PQconsumeInput(connection_) == 0) return failed(where_);
  }
  return ResultPtr(PQgetResult(connection_), PQclear);
}

Result<Connection::ResultPtr> Connection::run(const std::string& sql,
                                              const std::vector<std::string>& parameters) {
  std::vector<const char*> values;
  for (const auto& parameter : parameters) values.push_back(parameter.c_str());
  const int sent =
      values.empty()
          ? PQsendQuery(connection_, sql.c_str())
          : PQsendQueryParams(connection_, sql.c_str(), static_cast<int>(values.size()), nullptr,
                              values.data(), nullptr, nullptr, /*resultFormat=*/0);
  if (sent == 0) return failed(where_);
  DAYBOOK_TRY(auto result, next_result());
  const auto status = PQresultStatus(result.get());
  if (status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH) return result;
  // Several statements have several results: the first that failed counts, else the first.
  while (true) {
    DAYBOOK_TRY(auto next, next_result());
    if (next == nullptr) break;
    if (!failed_result(result.get())) {
      if (failed_result(next.get())) result = std::move(next);
    }
  }
  if (failed_result(result.get())) return failed(where_, result.get());
  return result;
}

Result<Rows> Connection::query(const std::string& sql, const std::vector<std::string>& parameters) {
  DAYBOOK_TRY(const auto result, run(sql, parameters));
  const int columns = PQnfields(result.get());
  Rows rows(static_cast<std::size_t>(PQntuples(result.get())));
  for (std::size_t r = 0; r < rows.size(); ++r) {
    for (int c = 0; c < columns; ++c) {
      const int row = static_cast<int>(r);
      auto& value = rows[r].emplace_back();
      if (PQgetisnull(result.get(), row, c) == 0) value = PQgetvalue(result.get(), row, c);
    }
  }
  return rows;
}

Status Connection::execute(const std::string& sql) {
  DAYBOOK_TRY(const auto rows, query(sql));
  return {};
}

Status Connection::copy_out(const std::string& sql,
                            const std::function<Status(std::string_view)>& take) {
  DAYBOOK_TRY(const auto started, run(sql, {}));
  if (PQresultStatus(started.get()) != PGRES_COPY_OUT) return failed(where_, started.get());
  while (true) {
    free_buffer();
    const int size = PQgetCopyData(connection_, &buffer_, /*async=*/1);
    if (size > 0) {
      DAYBOOK_TRY_VOID(take({buffer_, static_cast<std::size_t>(size) - 1}));
      continue;
    }
    if (size == -1) break;
    if (size < -1) return failed(where_);
    bool ready = false;
    DAYBOOK_TRY_VOID(wait_for(/*to_read=*/true, kForever, ready));
    if (PQconsumeInput(connection_) == 0) return failed(where_);
  }
  DAYBOOK_TRY(const auto ended, next_result());
  if (PQresultStatus(ended.get()) != PGRES_COMMAND_OK) return failed(where_, ended.get());
  DAYBOOK_TRY(const auto rest, next_result());
  return {};
}

Status Connection::start_replication(const std::string& slot, const std::string& publication,
                                     Lsn from) {
  const auto sql =
      fmt::format("START_REPLICATION SLOT {} LOGICAL {} (proto_version '1', publication_names {})",
                  quote_name(slot), to_string(from), quote_text(quote_name(publication)));
  DAYBOOK_TRY(const auto started, run(sql, {}));
  if (PQresultStatus(started.get()) != PGRES_COPY_BOTH) return failed(where_, started.get());
  return {};
}

Result<std::optional<StreamedBytes>> Connection::receive(milliseconds max_wait) {
  free_buffer();
  int size = PQgetCopyData(connection_, &buffer_, /*async=*/1);
  if (size == 0) {
    bool ready = false;
    DAYBOOK_TRY_VOID(wait_for(/*to_read=*/true, max_wait, ready));
    if (!ready) return std::nullopt;
    if (PQconsumeInput(connection_) == 0) return failed(where_);
    size = PQgetCopyData(connection_, &buffer_, /*async=*/1);
  }
  if (size == 0) return std::nullopt;
  if (size < 0) {
    const ResultPtr result(size == -1 ? PQgetResult(connection_) : nullptr, PQclear);
    if (result != nullptr && PQresultStatus(result.get()) == PGRES_FATAL_ERROR) {
      return failed("the replication stream ended", result.get());
    }
    return fail(ErrorCode::kUnavailable,
                fmt::format("{}: the server ended the replication stream", where_));
  }
  const BytesView bytes = as_bytes({buffer_, static_cast<std::size_t>(size)});
  StreamedBytes streamed;
  if (buffer_[0] == 'w' && bytes.size() >= kDataHeaderBytes) {
    streamed.at = Lsn{load_be<std::uint64_t>(bytes.data() + 1)};
    streamed.server_end = Lsn{load_be<std::uint64_t>(bytes.data() + 9)};
    streamed.message = as_text(bytes.subspan(kDataHeaderBytes));
    return streamed;
  }
  if (buffer_[0] == 'k' && bytes.size() >= kKeepaliveBytes) {
    streamed.at = streamed.server_end = Lsn{load_be<std::uint64_t>(bytes.data() + 1)};
    streamed.reply_wanted = bytes[17] != std::byte{0};
    return streamed;
  }
  return fail(ErrorCode::kCorrupt,
              fmt::format("{}: a message of {} bytes that begins with byte {} is not of the "
                          "replication protocol",
                          where_, bytes.size(), static_cast<int>(bytes[0])));
}

Status Connection::send_progress(Lsn durable) {
  std::array<std::byte, kStatusBytes> status{};
  status[0] = std::byte{'r'};
  store_be(status.data() + 1, durable.value);   // received
  store_be(status.data() + 9, durable.value);   // flushed: what the slot keeps
  store_be(status.data() + 17, durable.value);  // applied
  store_be(status.data() + 25, now_for_server().value);
  const auto text = as_text(status);
  if (PQputCopyData(connection_, text.data(), static_cast<int>(text.size())) <= 0 ||
      PQflush(connection_) < 0) {
    return failed(where_);
  }
  return {};
}

}  // namespace daybook::sources::postgres
