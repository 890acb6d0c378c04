// The messages of PostgreSQL's logical replication plugin `pgoutput`, protocol version 1, text
// values: a pure function from bytes to a Message. Format: PostgreSQL's documentation, "Logical
// Replication Message Formats".
//
// A stream is: Begin, then for each change Insert, Update, Delete or Truncate, then Commit.
// Relation describes a table before its first change, and again whenever it has changed.
//
// Every length comes from outside and is checked against the bytes that are there; a tuple has at
// most kMaxColumns columns.

#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "sources/kinds/postgres/protocol/lsn.h"

namespace daybook::sources::postgres {

inline constexpr std::size_t kMaxColumns = 1'664;  // PostgreSQL's own bound of a target list
inline constexpr std::size_t kMaxTruncatedTables = 100'000;

// Microseconds since 2000-01-01T00:00Z, PostgreSQL's epoch.
struct PgTimestamp : StrongId<struct PgTimestampTag, std::int64_t> {
  using StrongId::StrongId;
};

// The same moment in microseconds since 1970.
std::int64_t unix_micros(PgTimestamp time);

enum class MessageKind : std::uint8_t {
  kBegin,
  kCommit,
  kRelation,
  kInsert,
  kUpdate,
  kDelete,
  kTruncate,
  kIgnored,  // Origin, Type, Message: nothing that a capture needs
};

struct RelationColumn {
  std::string_view name;
  std::uint32_t type = 0;  // object id
  std::int32_t modifier = -1;
};

enum class FieldKind : std::uint8_t {
  kNull,
  kText,
  kUnchanged,  // a large value that the update did not touch, and that was not sent
};

struct Field {
  FieldKind kind = FieldKind::kNull;
  std::string_view text;
};

using Tuple = std::vector<Field>;

enum class OldTuple : std::uint8_t {
  kNone,
  kKey,   // only the columns of the replica identity; the others are null
  kFull,  // all columns: REPLICA IDENTITY FULL
};

// What was read last. Only the members that the kind names have a meaning; views point into the
// bytes that were parsed. Meant to be used again, so that its vectors keep their memory.
struct Message {
  MessageKind kind = MessageKind::kIgnored;
  // Begin: commit_lsn, commit_time, transaction. Commit: commit_lsn, end_lsn, commit_time.
  Lsn commit_lsn;
  Lsn end_lsn;
  PgTimestamp commit_time;
  std::uint32_t transaction = 0;
  // Relation: relation, schema, table, replica_identity, columns.
  // Insert: relation, after. Update: relation, old, before, after. Delete: relation, old, before.
  std::uint32_t relation = 0;
  std::string_view schema;  // empty: pg_catalog
  std::string_view table;
  char replica_identity = 'd';
  std::vector<RelationColumn> columns;
  OldTuple old = OldTuple::kNone;
  Tuple before;
  Tuple after;
  // Truncate.
  std::vector<std::uint32_t> relations;
};

// kCorrupt: the bytes are no message of this protocol; names the message and the byte.
Status parse_message(BytesView bytes, Message& into);

}  // namespace daybook::sources::postgres
