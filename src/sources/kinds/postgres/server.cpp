#include "sources/kinds/postgres/server.h"

#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/format.h>

namespace daybook::sources::postgres {
namespace {

constexpr int kOldestVersion = 120000;
constexpr int kFirstWithIdleSessionTimeout = 140000;
constexpr std::uint32_t kFirstUserTypeId = 16'384;

template <class Number>
Number number_of(const std::optional<std::string>& text) {
  Number number{};
  if (text) std::from_chars(text->data(), text->data() + text->size(), number);
  return number;
}

bool is_true(const std::optional<std::string>& text) {
  return text == "t";
}

std::unexpected<Error> with_hint(Error error, std::string_view hint) {
  error.message += "; ";
  error.message += hint;
  return std::unexpected(std::move(error));
}

Status check_replica_identity(Connection& connection, const TableName& name,
                              const std::optional<std::string>& identity, bool may_set) {
  if (identity == "f") return {};
  const auto statement = fmt::format("ALTER TABLE {} REPLICA IDENTITY FULL", quoted(name));
  if (may_set) return connection.execute(statement);
  return fail(ErrorCode::kInvalid,
              fmt::format("table {}: its replica identity is not FULL, so its changes would lack "
                          "the row before; run {}; or set the option set_replica_identity: true",
                          name.text(), statement));
}

// One row for each column that is published: name, type, modifier, name of the type, collation,
// place in the primary key (0: none).
constexpr const char* kColumnsSql = R"(
SELECT a.attname,
       CASE WHEN t.typbasetype <> 0 THEN t.typbasetype ELSE a.atttypid END,
       CASE WHEN t.typbasetype <> 0 THEN t.typtypmod ELSE a.atttypmod END,
       format_type(a.atttypid, a.atttypmod),
       CASE WHEN c.oid IS NOT NULL
            THEN quote_ident(n.nspname) || '.' || quote_ident(c.collname) ELSE '' END,
       coalesce(k.place, 0)
FROM pg_attribute a
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_collation c ON c.oid = a.attcollation
LEFT JOIN pg_namespace n ON n.oid = c.collnamespace
LEFT JOIN (SELECT part.number, part.place
           FROM pg_index i, unnest(i.indkey::int2[]) WITH ORDINALITY AS part(number, place)
           WHERE i.indrelid = $1::oid AND i.indisprimary) k ON k.number = a.attnum
WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
ORDER BY a.attnum)";

}  // namespace

Status check_server(Connection& connection) {
  if (connection.server_version() < kOldestVersion) {
    return fail(ErrorCode::kUnsupported,
                fmt::format("{}: PostgreSQL {} is too old; 12 is the oldest that can be captured",
                            connection.where(), connection.server_version() / 10'000));
  }
  DAYBOOK_TRY(const auto rows, connection.query("SHOW wal_level"));
  const auto level = rows.at(0).at(0).value_or("");
  if (level == "logical") {
    // The connection is silent for as long as no table changes its shape.
    if (connection.server_version() < kFirstWithIdleSessionTimeout) return {};
    return connection.execute("SET idle_session_timeout = 0");
  }
  return fail(ErrorCode::kInvalid,
              fmt::format("{}: wal_level is '{}', capture needs 'logical'; run ALTER SYSTEM SET "
                          "wal_level = logical and restart PostgreSQL",
                          connection.where(), level));
}

Result<std::unique_ptr<Connection>> open_replication(const PostgresConfig& config,
                                                     std::stop_token stop) {
  auto connection = Connection::open(config.dsn, ConnectionUse::kReplication, std::move(stop));
  if (connection || connection.error().code != ErrorCode::kInvalid) return connection;
  return with_hint(connection.error(),
                   "capture needs a role that may replicate (ALTER ROLE ... REPLICATION) and an "
                   "entry for it in pg_hba.conf");
}

Result<Table> load_table(Connection& connection, const CapturedTable& captured,
                         const PostgresConfig& config) {
  const auto& name = captured.name;
  DAYBOOK_TRY(const auto found,
              connection.query("SELECT c.oid, c.relkind, c.relreplident, "
                               "has_table_privilege(c.oid, 'SELECT') FROM pg_class c "
                               "JOIN pg_namespace n ON n.oid = c.relnamespace "
                               "WHERE n.nspname = $1 AND c.relname = $2",
                               {name.schema, name.table}));
  if (found.empty()) {
    return fail(ErrorCode::kNotFound,
                fmt::format("table {} does not exist in {}", name.text(), connection.where()));
  }
  const auto& row = found[0];
  if (row.at(1) != "r") {
    return fail(ErrorCode::kUnsupported,
                fmt::format("{} in {} is not an ordinary table: views, foreign and partitioned "
                            "tables cannot be captured",
                            name.text(), connection.where()));
  }
  if (!is_true(row.at(3))) {
    return fail(
        ErrorCode::kInvalid,
        fmt::format("user {} may not read table {}; run GRANT SELECT ON {} TO {}",
                    connection.user(), name.text(), quoted(name), quote_name(connection.user())));
  }
  DAYBOOK_TRY_VOID(
      check_replica_identity(connection, name, row.at(2), config.set_replica_identity));

  Table table{name, captured.topic, config.partitions, {}, {}, number_of<std::uint32_t>(row.at(0))};
  std::vector<std::pair<int, KeyColumn>> key;
  DAYBOOK_TRY(const auto columns, connection.query(kColumnsSql, {*row.at(0)}));
  for (const auto& column : columns) {
    const auto type = number_of<std::uint32_t>(column.at(1));
    const auto modifier = number_of<std::int32_t>(column.at(2));
    if (const int place = number_of<int>(column.at(5)); place > 0) {
      key.push_back({place, {table.columns.size(), *column.at(3), *column.at(4)}});
    }
    table.columns.push_back(
        {*column.at(0), type, modifier, column_type(type, modifier, config.decimals)});
  }
  std::ranges::sort(key, {}, [](const auto& part) { return part.first; });
  for (auto& [place, part] : key) table.key.push_back(std::move(part));
  if (table.key.empty()) {
    return fail(ErrorCode::kInvalid,
                fmt::format("table {} has no primary key, so its rows cannot be told apart: add "
                            "one, or leave the table out",
                            name.text()));
  }
  return table;
}

Result<Table> table_of_relation(Connection& connection, const Message& relation, const Table& known,
                                DecimalForm decimals) {
  Table table{known.name, known.topic, known.partitions, {}, {}, known.id};
  for (const auto& column : relation.columns) {
    std::uint32_t type = column.type;
    std::int32_t modifier = column.modifier;
    if (type >= kFirstUserTypeId) {  // a domain is what it is made of
      DAYBOOK_TRY(const auto base, connection.query("SELECT typbasetype, typtypmod FROM pg_type "
                                                    "WHERE oid = $1::oid AND typbasetype <> 0",
                                                    {std::to_string(type)}));
      if (!base.empty()) {
        type = number_of<std::uint32_t>(base[0].at(0));
        modifier = number_of<std::int32_t>(base[0].at(1));
      }
    }
    table.columns.push_back(
        {std::string(column.name), type, modifier, column_type(type, modifier, decimals)});
  }
  for (const auto& part : known.key) {
    const auto& wanted = known.columns[part.column].name;
    const auto at = std::ranges::find(table.columns, wanted, &TableColumn::name);
    if (at == table.columns.end()) {
      return fail(ErrorCode::kInvalid,
                  fmt::format("table {}: column '{}' of its primary key is gone; events are keyed "
                              "by it, so the table needs a topic and a source of its own from here",
                              known.name.text(), wanted));
    }
    table.key.push_back(
        {static_cast<std::size_t>(at - table.columns.begin()), part.sql_type, part.collation});
  }
  return table;
}

Status ensure_publication(Connection& connection, const PostgresConfig& config) {
  const auto publication = quote_name(config.publication);
  DAYBOOK_TRY(const auto found,
              connection.query("SELECT puballtables, pubinsert AND pubupdate AND pubdelete AND "
                               "pubtruncate FROM pg_publication WHERE pubname = $1",
                               {config.publication}));
  if (!found.empty() && !is_true(found[0].at(1))) {
    return fail(ErrorCode::kInvalid,
                fmt::format("publication {} leaves some changes out; run ALTER PUBLICATION {} SET "
                            "(publish = 'insert, update, delete, truncate')",
                            publication, publication));
  }
  if (!found.empty() && is_true(found[0].at(0))) return {};  // all tables
  DAYBOOK_TRY(const auto published, connection.query("SELECT schemaname, tablename FROM "
                                                     "pg_publication_tables WHERE pubname = $1",
                                                     {config.publication}));
  std::set<TableName> there;
  for (const auto& row : published) there.insert({row.at(0).value_or(""), row.at(1).value_or("")});
  std::string missing;
  for (const auto& table : config.tables) {
    if (there.contains(table.name)) continue;
    missing += missing.empty() ? "" : ", ";
    missing += quoted(table.name);
  }
  if (missing.empty()) return {};
  const auto statement =
      found.empty() ? fmt::format("CREATE PUBLICATION {} FOR TABLE {}", publication, missing)
                    : fmt::format("ALTER PUBLICATION {} ADD TABLE {}", publication, missing);
  const auto made = connection.execute(statement);
  if (made || made.error().retriable()) return made;
  return with_hint(made.error(), "the owner of the tables can run: " + statement);
}

Result<std::optional<Slot>> find_slot(Connection& connection, const std::string& name) {
  // wal_status is there from version 13 on.
  const bool has_status = connection.server_version() >= 130000;
  DAYBOOK_TRY(const auto found,
              connection.query(fmt::format("SELECT plugin, database, confirmed_flush_lsn, {} "
                                           "FROM pg_replication_slots WHERE slot_name = $1",
                                           has_status ? "wal_status" : "NULL"),
                               {name}));
  if (found.empty()) return std::nullopt;
  const auto& row = found[0];
  if (row.at(0) != "pgoutput" || row.at(1) != connection.database()) {
    return fail(ErrorCode::kInvalid,
                fmt::format("slot {} exists, but with plugin {} and for database {}: give this "
                            "source another name, or the option slot",
                            name, row.at(0).value_or("(none)"), row.at(1).value_or("(none)")));
  }
  if (row.at(3) == "lost") {
    return fail(ErrorCode::kInvalid,
                fmt::format("slot {} fell behind max_slot_wal_keep_size and PostgreSQL removed the "
                            "changes that it had not sent: they cannot be captured any more. Begin "
                            "anew under another source name and topics",
                            name));
  }
  DAYBOOK_TRY(const auto confirmed, parse_lsn(row.at(2).value_or("")));
  return Slot{confirmed};
}

Status create_slot(Connection& connection, const std::string& name) {
  const auto made =
      connection.query("SELECT pg_create_logical_replication_slot($1, 'pgoutput')", {name});
  if (made) return {};
  if (made.error().retriable()) return std::unexpected(made.error());
  return with_hint(made.error(),
                   fmt::format("capture needs a role with REPLICATION (ALTER ROLE {} REPLICATION) "
                               "and a free slot (max_replication_slots)",
                               quote_name(connection.user())));
}

Result<ExportedSnapshot> export_snapshot(Connection& replication, const std::string& slot) {
  DAYBOOK_TRY(const auto rows,
              replication.query(fmt::format("CREATE_REPLICATION_SLOT {} TEMPORARY LOGICAL pgoutput "
                                            "EXPORT_SNAPSHOT",
                                            quote_name(slot))));
  if (rows.size() != 1 || rows[0].size() < 3 || !rows[0][1] || !rows[0][2]) {
    return fail(ErrorCode::kUnsupported, "PostgreSQL exported no snapshot with the slot");
  }
  DAYBOOK_TRY(const auto at, parse_lsn(*rows[0][1]));
  return ExportedSnapshot{*rows[0][2], at};
}

Result<std::string> system_identifier(Connection& replication) {
  DAYBOOK_TRY(const auto rows, replication.query("IDENTIFY_SYSTEM"));
  if (rows.empty() || !rows[0].at(0)) {
    return fail(ErrorCode::kUnsupported, "PostgreSQL did not say which system it is");
  }
  return *rows[0][0];
}

}  // namespace daybook::sources::postgres
