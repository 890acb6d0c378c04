// Events in Debezium's JSON envelope (schemas.enable=false), written by hand: no document is
// built, what does not change for a table is written once.
//
//   key    {"id":42}
//   value  {"before":{...},"after":{...},"source":{...},"transaction":null,"op":"u","ts_ms":...}
//
// Field names, order and value forms are those of Debezium's PostgreSQL connector; docs/capture.md
// lists them, and where ours differ.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sources/kinds/postgres/protocol/pgoutput.h"
#include "sources/kinds/postgres/table.h"

namespace daybook::sources::postgres {

// What an event says of its origin beside the table.
struct Origin {
  Lsn lsn;                        // of the change itself
  Lsn commit;                     // of its transaction; for a snapshot, the point it was read at
  std::int64_t time_us = 0;       // when it was committed, or the snapshot read it
  std::uint32_t transaction = 0;  // 0: a snapshot
  std::int64_t captured_us = 0;   // when the event was made
};

class Envelope {
 public:
  // `database` and `source` are the names in the "source" block. Keeps a reference to the table:
  // make a new Envelope when the table has changed.
  Envelope(const Table& table, std::string_view source, std::string_view database);

  // All replace what `out` holds. A tuple has one field for each column of the table.
  void write_key(const Tuple& row, std::string& out) const;
  // `op`: c, u, d, r or t. A null tuple is JSON's null.
  void write_value(char op, const Tuple* before, const Tuple* after, const Origin& origin,
                   std::string& out) const;

 private:
  void append_row(const Tuple& row, std::string& out) const;

  const Table& table_;
  std::vector<std::string> names_;  // "name": of each column, escaped
  std::string source_head_;         // "source":{"version":...,"name":"...",
  std::string source_table_;        // "db":"...","schema":"...","table":"..."
};

}  // namespace daybook::sources::postgres
