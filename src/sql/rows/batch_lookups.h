// The rows that a batch looks up, found before each run of its statements: the keys that its events
// have, each once, and the rows that there are of them, as tables that the statements join
// (sql/rows/row_lookup.h). All statements of a run see the same rows.
//
// One thread.

#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "sql/engine.h"
#include "sql/rows/row_lookup.h"

namespace daybook::sql {

class BatchLookups {
 public:
  // Adds the tables of `uses` to an engine whose input, named `input`, is set: before the
  // statements that join them are prepared. `find`: of each lookup. The engine outlives this.
  static Result<BatchLookups> prepare(Engine& engine, const std::string& input,
                                      const std::vector<RowLookup>& lookups,
                                      const std::vector<LookupUse>& uses,
                                      const std::vector<FindRows>& find);

  // What it reads of the input: indexes into visible_columns().
  const std::set<std::size_t>& input_columns() const { return input_columns_; }
  // Errors are those of finding; none of them is kInvalid.
  Status fill(const DecodedBatch& batch);

 private:
  struct Table {
    std::unique_ptr<Statement> keys;
    std::vector<std::size_t> columns;
    FindRows find;
    CellTable* cells = nullptr;
    std::vector<CellRow> rows;  // what the cells point to
  };

  static Result<std::vector<CellRow>> read_keys(Table& table, const DecodedBatch& batch);

  std::vector<Table> tables_;
  std::set<std::size_t> input_columns_;
};

}  // namespace daybook::sql
