// The table function through which DuckDB reads rows that are ours (a batch of events, a
// CellTable): only the columns that a statement uses, copied as they are, in their order.

#pragma once

#include <duckdb.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "sql/cell_table.h"
#include "sql/column_buffer.h"

namespace daybook::sql {

// The rows of one run. With a selection they are the rows `selection[0]`, `selection[1]` … of the
// columns; without one, all of them in their order.
struct ScanRows {
  std::vector<const ColumnBuffer*> columns;  // nullptr: not there for this run
  const std::uint32_t* selection = nullptr;
  std::size_t count = 0;
};

// What the table function works on; outlives the connection that it is registered with.
struct ScanSource {
  std::vector<TableColumn> columns;    // all that the input has
  ScanRows rows;                       // empty between runs
  std::vector<std::size_t> last_read;  // the columns that the last run asked for
};

Status register_batch_scan(duckdb_connection connection, const std::string& name,
                           ScanSource& source);

}  // namespace daybook::sql
