// The table function through which DuckDB reads the current batch: only the columns that a
// statement uses, element by element, in the batch's order.

#pragma once

#include <duckdb.h>

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "sql/decoded_batch.h"
#include "sql/input.h"

namespace daybook::sql {

// What the table function works on; outlives the connection that it is registered with.
struct ScanSource {
  std::vector<InputColumn> columns;     // all that the input has
  const DecodedBatch* batch = nullptr;  // nullptr: no rows
  std::vector<std::size_t> last_read;   // the columns that the last run asked for
};

Status register_batch_scan(duckdb_connection connection, const std::string& name,
                           ScanSource& source);

}  // namespace daybook::sql
