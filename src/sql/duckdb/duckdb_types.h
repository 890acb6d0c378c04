// Our column types as DuckDB's, and one element of a result vector as a Cell.

#pragma once

#include <optional>

#include "sql/cell.h"
#include "sql/column_type.h"
#include "sql/duckdb/duckdb_handle.h"

namespace daybook::sql {

LogicalType logical_type(ColumnType type);

// Nothing for types that are not ours: lists, structs, intervals, …
std::optional<ColumnType> column_type(duckdb_logical_type type);

// The element at `row` of a vector of `type`.
void read_element(duckdb_vector vector, ColumnType type, std::size_t row, Cell& cell);

}  // namespace daybook::sql
