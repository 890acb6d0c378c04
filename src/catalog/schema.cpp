#include "catalog/schema.h"

#include <array>
#include <string>

#include "base/uuid.h"
#include "catalog/database.h"

namespace daybook::catalog {
namespace {

// kSteps[v] leads from version v to v + 1. A step that was released is never edited.
constexpr std::array<const char*, kSchemaVersion> kSteps = {
    "CREATE TABLE cluster (id BLOB NOT NULL CHECK (length(id) = 16));"
    "CREATE TABLE topic ("
    "  id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),"
    "  name TEXT NOT NULL UNIQUE,"
    "  partitions INTEGER NOT NULL CHECK (partitions > 0),"
    "  created_ms INTEGER NOT NULL,"
    "  deleting INTEGER NOT NULL DEFAULT 0"
    ") WITHOUT ROWID;"
    "CREATE TABLE topic_config ("
    "  topic_id BLOB NOT NULL REFERENCES topic (id) ON DELETE CASCADE,"
    "  name TEXT NOT NULL,"
    "  value TEXT NOT NULL,"
    "  PRIMARY KEY (topic_id, name)"
    ") WITHOUT ROWID;"
    "CREATE TABLE committed_offset ("
    "  group_id TEXT NOT NULL,"
    "  topic TEXT NOT NULL,"
    "  partition INTEGER NOT NULL,"
    "  offset INTEGER NOT NULL,"
    "  leader_epoch INTEGER NOT NULL,"
    "  metadata TEXT NOT NULL,"
    "  committed_ms INTEGER NOT NULL,"
    "  PRIMARY KEY (group_id, topic, partition)"
    ") WITHOUT ROWID;"
    "CREATE TABLE producer_id_block (next_id INTEGER NOT NULL);"
    "INSERT INTO producer_id_block VALUES (0);",

    "CREATE TABLE broker_config ("
    "  scope TEXT NOT NULL,"
    "  name TEXT NOT NULL,"
    "  value TEXT NOT NULL,"
    "  PRIMARY KEY (scope, name)"
    ") WITHOUT ROWID;",

    "CREATE TABLE consumer_group ("
    "  group_id TEXT PRIMARY KEY NOT NULL,"
    "  protocol TEXT NOT NULL CHECK (protocol IN ('classic', 'consumer')),"
    "  protocol_type TEXT NOT NULL,"
    "  epoch INTEGER NOT NULL,"
    "  emptied_ms INTEGER NOT NULL"
    ") WITHOUT ROWID;",

    "CREATE TABLE transactional_id ("
    "  id TEXT PRIMARY KEY NOT NULL,"
    "  producer_id INTEGER NOT NULL,"
    "  epoch INTEGER NOT NULL,"
    "  last_epoch INTEGER NOT NULL,"
    "  previous_producer_id INTEGER NOT NULL,"
    "  next_producer_id INTEGER NOT NULL,"
    "  timeout_ms INTEGER NOT NULL,"
    "  state TEXT NOT NULL,"
    "  version INTEGER NOT NULL,"
    "  started_ms INTEGER NOT NULL,"
    "  updated_ms INTEGER NOT NULL"
    ") WITHOUT ROWID;"
    "CREATE TABLE transaction_partition ("
    "  transactional_id TEXT NOT NULL REFERENCES transactional_id (id) ON DELETE CASCADE,"
    "  topic_id BLOB NOT NULL CHECK (length(topic_id) = 16),"
    "  partition INTEGER NOT NULL,"
    "  PRIMARY KEY (transactional_id, topic_id, partition)"
    ") WITHOUT ROWID;"
    "CREATE TABLE transaction_group ("
    "  transactional_id TEXT NOT NULL REFERENCES transactional_id (id) ON DELETE CASCADE,"
    "  group_id TEXT NOT NULL,"
    "  PRIMARY KEY (transactional_id, group_id)"
    ") WITHOUT ROWID;"
    "CREATE TABLE pending_offset ("
    "  transactional_id TEXT NOT NULL,"
    "  group_id TEXT NOT NULL,"
    "  topic TEXT NOT NULL,"
    "  partition INTEGER NOT NULL,"
    "  offset INTEGER NOT NULL,"
    "  leader_epoch INTEGER NOT NULL,"
    "  metadata TEXT NOT NULL,"
    "  committed_ms INTEGER NOT NULL,"
    "  PRIMARY KEY (transactional_id, group_id, topic, partition)"
    ") WITHOUT ROWID;",

    "CREATE TABLE group_config ("
    "  group_id TEXT NOT NULL,"
    "  name TEXT NOT NULL,"
    "  value TEXT NOT NULL,"
    "  PRIMARY KEY (group_id, name)"
    ") WITHOUT ROWID;",

    "ALTER TABLE consumer_group ADD COLUMN protocol_name TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE consumer_group ADD COLUMN leader TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE consumer_group ADD COLUMN assigned INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE group_member ("
    "  group_id TEXT NOT NULL REFERENCES consumer_group (group_id) ON DELETE CASCADE,"
    "  member_id TEXT NOT NULL,"
    "  instance_id TEXT,"
    "  client_id TEXT NOT NULL,"
    "  client_host TEXT NOT NULL,"
    "  session_timeout_ms INTEGER NOT NULL,"
    "  rebalance_timeout_ms INTEGER NOT NULL,"
    "  assignment BLOB NOT NULL,"
    "  PRIMARY KEY (group_id, member_id)"
    ") WITHOUT ROWID;"
    "CREATE TABLE group_member_protocol ("
    "  group_id TEXT NOT NULL,"
    "  member_id TEXT NOT NULL,"
    "  place INTEGER NOT NULL,"
    "  name TEXT NOT NULL,"
    "  metadata BLOB NOT NULL,"
    "  PRIMARY KEY (group_id, member_id, place),"
    "  FOREIGN KEY (group_id, member_id) REFERENCES group_member (group_id, member_id)"
    "    ON DELETE CASCADE"
    ") WITHOUT ROWID;",

    "ALTER TABLE consumer_group ADD COLUMN target_epoch INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE consumer_member ("
    "  group_id TEXT NOT NULL REFERENCES consumer_group (group_id) ON DELETE CASCADE,"
    "  member_id TEXT NOT NULL,"
    "  instance_id TEXT,"
    "  rack_id TEXT,"
    "  client_id TEXT NOT NULL,"
    "  client_host TEXT NOT NULL,"
    "  rebalance_timeout_ms INTEGER NOT NULL,"
    "  topic_regex TEXT NOT NULL,"
    "  assignor TEXT,"
    "  epoch INTEGER NOT NULL,"
    "  previous_epoch INTEGER NOT NULL,"
    "  PRIMARY KEY (group_id, member_id)"
    ") WITHOUT ROWID;"
    "CREATE TABLE consumer_member_topic ("
    "  group_id TEXT NOT NULL,"
    "  member_id TEXT NOT NULL,"
    "  topic TEXT NOT NULL,"
    "  PRIMARY KEY (group_id, member_id, topic),"
    "  FOREIGN KEY (group_id, member_id) REFERENCES consumer_member (group_id, member_id)"
    "    ON DELETE CASCADE"
    ") WITHOUT ROWID;"
    "CREATE TABLE consumer_member_partition ("
    "  group_id TEXT NOT NULL,"
    "  member_id TEXT NOT NULL,"
    "  part TEXT NOT NULL CHECK (part IN ('assigned', 'revoking', 'target')),"
    "  topic_id BLOB NOT NULL CHECK (length(topic_id) = 16),"
    "  partition INTEGER NOT NULL,"
    "  PRIMARY KEY (group_id, member_id, part, topic_id, partition),"
    "  FOREIGN KEY (group_id, member_id) REFERENCES consumer_member (group_id, member_id)"
    "    ON DELETE CASCADE"
    ") WITHOUT ROWID;",

    "ALTER TABLE consumer_member ADD COLUMN session_timeout_ms INTEGER NOT NULL DEFAULT -1;"
    "CREATE TABLE consumer_member_protocol ("
    "  group_id TEXT NOT NULL,"
    "  member_id TEXT NOT NULL,"
    "  place INTEGER NOT NULL,"
    "  name TEXT NOT NULL,"
    "  metadata BLOB NOT NULL,"
    "  PRIMARY KEY (group_id, member_id, place),"
    "  FOREIGN KEY (group_id, member_id) REFERENCES consumer_member (group_id, member_id)"
    "    ON DELETE CASCADE"
    ") WITHOUT ROWID;",

    "CREATE TABLE streams_group ("
    "  group_id TEXT PRIMARY KEY NOT NULL REFERENCES consumer_group (group_id) ON DELETE CASCADE,"
    "  topology BLOB NOT NULL"
    ") WITHOUT ROWID;"
    "CREATE TABLE streams_member ("
    "  group_id TEXT NOT NULL REFERENCES consumer_group (group_id) ON DELETE CASCADE,"
    "  member_id TEXT NOT NULL,"
    "  rack_id TEXT,"
    "  client_id TEXT NOT NULL,"
    "  client_host TEXT NOT NULL,"
    "  rebalance_timeout_ms INTEGER NOT NULL,"
    "  topology_epoch INTEGER NOT NULL,"
    "  process_id TEXT NOT NULL,"
    "  endpoint_host TEXT,"
    "  endpoint_port INTEGER NOT NULL,"
    "  epoch INTEGER NOT NULL,"
    "  previous_epoch INTEGER NOT NULL,"
    "  PRIMARY KEY (group_id, member_id)"
    ") WITHOUT ROWID;"
    "CREATE TABLE streams_member_tag ("
    "  group_id TEXT NOT NULL,"
    "  member_id TEXT NOT NULL,"
    "  name TEXT NOT NULL,"
    "  value TEXT NOT NULL,"
    "  PRIMARY KEY (group_id, member_id, name),"
    "  FOREIGN KEY (group_id, member_id) REFERENCES streams_member (group_id, member_id)"
    "    ON DELETE CASCADE"
    ") WITHOUT ROWID;"
    "CREATE TABLE streams_member_task ("
    "  group_id TEXT NOT NULL,"
    "  member_id TEXT NOT NULL,"
    "  part TEXT NOT NULL CHECK (part IN ('assigned', 'revoking', 'target')),"
    "  kind TEXT NOT NULL CHECK (kind IN ('active', 'standby')),"
    "  subtopology TEXT NOT NULL,"
    "  partition INTEGER NOT NULL,"
    "  PRIMARY KEY (group_id, member_id, part, kind, subtopology, partition),"
    "  FOREIGN KEY (group_id, member_id) REFERENCES streams_member (group_id, member_id)"
    "    ON DELETE CASCADE"
    ") WITHOUT ROWID;"};

Status migrate_in_transaction(Database& database, std::int64_t from) {
  for (std::int64_t version = from; version < kSchemaVersion; ++version) {
    DAYBOOK_TRY_VOID(database.execute(kSteps[static_cast<std::size_t>(version)]));
  }
  if (from == 0) {
    DAYBOOK_TRY(Statement insert, database.prepare("INSERT INTO cluster VALUES (?)"));
    DAYBOOK_TRY_VOID(insert.bind(BytesView(random_uuid().bytes)).run());
  }
  const std::string mark = "PRAGMA application_id = " + std::to_string(kApplicationId) +
                           "; PRAGMA user_version = " + std::to_string(kSchemaVersion) + "; COMMIT";
  return database.execute(mark.c_str());
}

}  // namespace

Status migrate(Database& database) {
  DAYBOOK_TRY(const auto application, database.query_integer("PRAGMA application_id"));
  DAYBOOK_TRY(const auto version, database.query_integer("PRAGMA user_version"));
  DAYBOOK_TRY(const auto tables, database.query_integer("SELECT count(*) FROM sqlite_schema"));
  if (application != kApplicationId && tables > 0) {
    return fail(ErrorCode::kCorrupt, "could not open the catalog " + database.path() +
                                         ": it is a SQLite database of another program; "
                                         "choose another data folder");
  }
  if (version < 0) {
    return fail(ErrorCode::kCorrupt, "could not open the catalog " + database.path() +
                                         ": its tables have version " + std::to_string(version) +
                                         ", which there never was; restore the file from a copy");
  }
  if (version > kSchemaVersion) {
    return fail(ErrorCode::kUnsupported,
                "could not open the catalog " + database.path() + ": its tables have version " +
                    std::to_string(version) + " and this program knows " +
                    std::to_string(kSchemaVersion) + "; use the newer Daybook that made it");
  }
  if (version == kSchemaVersion) return {};
  DAYBOOK_TRY_VOID(database.execute("BEGIN IMMEDIATE"));
  Status done = migrate_in_transaction(database, version);
  if (!done && database.in_transaction()) {
    // The first error is the one to tell; an unfinished transaction is also undone by closing.
    [[maybe_unused]] const Status undone = database.execute("ROLLBACK");
  }
  return done;
}

}  // namespace daybook::catalog
