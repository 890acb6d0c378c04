// What the source asks of a PostgreSQL server before it captures: settings, tables, replica
// identities, publication and slot. Each refusal says what was found and the statement that mends
// it.

#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "sources/kinds/postgres/postgres_config.h"
#include "sources/kinds/postgres/protocol/connection.h"

namespace daybook::sources::postgres {

// The version is supported and wal_level is logical.
Status check_server(Connection& connection);

// A connection for the stream and for slots, which needs a role that may replicate.
Result<std::unique_ptr<Connection>> open_replication(const PostgresConfig& config,
                                                     std::stop_token stop);

// A captured table as it is now. kNotFound if it does not exist; kInvalid if it cannot be captured
// (no primary key, not an ordinary table, may not be read, wrong replica identity).
Result<Table> load_table(Connection& connection, const CapturedTable& captured,
                         const PostgresConfig& config);

// The columns as a Relation message gives them; key and topic stay those of `known`. kInvalid if a
// column of the key is gone.
Result<Table> table_of_relation(Connection& connection, const Message& relation, const Table& known,
                                DecimalForm decimals);

// Creates the publication, or adds the tables that it lacks.
Status ensure_publication(Connection& connection, const PostgresConfig& config);

struct Slot {
  Lsn confirmed;  // everything below was acknowledged by a capture
};

// The slot, if there is one. kInvalid if it is of another plugin or database, or was lost.
Result<std::optional<Slot>> find_slot(Connection& connection, const std::string& name);

Status create_slot(Connection& connection, const std::string& name);

// A transaction's snapshot that shows exactly what was committed before `at`; it can be taken over
// by another connection until the next command on the connection that exported it.
struct ExportedSnapshot {
  std::string name;
  Lsn at;
};

// On a replication connection: by a temporary slot, which lives as long as the connection.
Result<ExportedSnapshot> export_snapshot(Connection& replication, const std::string& slot);

// The identity of the server's data, the same for as long as its write-ahead log is.
Result<std::string> system_identifier(Connection& replication);

}  // namespace daybook::sources::postgres
