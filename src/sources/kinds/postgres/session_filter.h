// Which streamed changes of a table are events, while snapshots that were interrupted leave keys
// with different starting points (progress.h has the rule). Almost always the answer is in the LSN
// alone; only a change between the first and the last session's point needs to know which session
// its key belongs to, and then the server compares the keys, because only it knows the order of
// every type and collation.

#pragma once

#include <string>
#include <vector>

#include "sources/kinds/postgres/progress.h"
#include "sources/kinds/postgres/protocol/connection.h"
#include "sources/kinds/postgres/table.h"

namespace daybook::sources::postgres {

// "(a, b) <= (c, d)" in SQL, for keys of the table: `left` and `right` are lists of expressions.
std::string compare_keys(const Table& table, const std::vector<std::string>& left,
                         std::string_view sign, const std::vector<std::string>& right);

// The values of a key as SQL literals of their types.
std::vector<std::string> key_literals(const Table& table, const KeyText& key);

class SessionFilter {
 public:
  // At least one session. Keeps references to all: they must outlive it.
  SessionFilter(const Table& table, const TableProgress& progress, Connection& connection)
      : table_(table), sessions_(progress.sessions), connection_(connection) {}

  // Whether a change committed at `commit` of the row with this key is an event.
  Result<bool> admits(Lsn commit, PartitionId partition, const Tuple& row);

 private:
  Result<bool> reached(const KeyText& boundary, const Tuple& row);

  const Table& table_;
  const std::vector<SnapshotSession>& sessions_;
  Connection& connection_;
};

}  // namespace daybook::sources::postgres
