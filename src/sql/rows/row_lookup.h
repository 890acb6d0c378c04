// What a processor's SQL sees beside each event: a row that is looked up by what expressions over
// the event give. The SQL names it like a table of one row that is joined from the left:
//
//   SELECT id, amount, customers.name FROM tx WHERE customers.segment = 'retail'
//
// Where there is no row, its columns, and `customers` itself, are NULL. An expression that fails,
// or gives what cannot be converted to the key's type, finds no row: whether DuckDB computes it at
// all depends on what else is in the batch, so it must not decide about the event. The row's
// columns are never seen without the name in front, so those of the event stay what they are, and *
// is the event's alone.
//
// LookupJoin writes the join into the SELECTs that name it, while a plan is made
// (sql/rows/row_plan.h); BatchLookups fills the joined tables before each run. Which rows there are
// is not this room's business.

#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "sql/cell.h"
#include "sql/cell_table.h"

namespace daybook::sql {

struct RowLookup {
  std::string name;
  std::vector<std::string> by;       // one expression for each column of the key
  std::vector<TableColumn> columns;  // of the row; none: not known yet, and nothing can be run
  std::vector<std::size_t> key;      // of the columns, in the order of `by`
};

// What the SELECTs of a plan use of a lookup.
struct LookupUse {
  std::size_t lookup = 0;
  std::vector<std::string> by;       // as SQL
  std::vector<std::size_t> columns;  // of the row, in their order
};

// Finds the rows that there are of the keys, which differ from each other and have no NULL. A row
// is the cells of its key, then those of `columns`.
using CellRow = std::vector<Cell>;
using FindRows = std::function<Result<std::vector<CellRow>>(
    const std::vector<CellRow>& keys, const std::vector<std::size_t>& columns)>;

// The table that holds the rows of a run, and its columns.
std::string lookup_table(const std::string& lookup);
std::string lookup_key(std::size_t number);
std::string lookup_column(std::size_t column);

}  // namespace daybook::sql
