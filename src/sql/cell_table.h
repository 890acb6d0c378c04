// Rows that are put together cell by cell and read by SQL like a table: what a view has, handed to
// DuckDB without being stored in it. Text is not copied: the cells outlive the run that reads them.
//
// Made and owned by an Engine (Engine::add_table); the thread of the engine.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "sql/cell.h"
#include "sql/column_buffer.h"
#include "sql/column_type.h"

namespace daybook::sql {

struct TableColumn {
  std::string name;
  ColumnType type;
};

class CellTable {
 public:
  explicit CellTable(std::vector<TableColumn> columns);

  void clear();
  // The next cell of a column, which is NULL or of the column's type. A row is there when every
  // column has its cell.
  void push(std::size_t column, const Cell& cell);

  std::size_t row_count() const { return buffers_.empty() ? 0 : buffers_[0].size(); }
  const std::vector<TableColumn>& columns() const { return columns_; }
  const ColumnBuffer& buffer(std::size_t column) const { return buffers_[column]; }

 private:
  std::vector<TableColumn> columns_;
  std::vector<ColumnBuffer> buffers_;
};

}  // namespace daybook::sql
