// Our column types as DuckDB's, and one element of a result vector as a Cell.

#pragma once

#include <cstdint>
#include <optional>

#include "sql/cell.h"
#include "sql/column_type.h"
#include "sql/duckdb/duckdb_handle.h"

namespace daybook::sql {

LogicalType logical_type(ColumnType type);

// Nothing for types that are not ours: lists, structs, intervals, …
std::optional<ColumnType> column_type(duckdb_logical_type type);

// Where the elements of a vector are, asked for once; as long as the vector.
struct VectorView {
  const void* data = nullptr;
  const std::uint64_t* validity = nullptr;  // a bit per row; nullptr: all are valid

  bool is_valid(std::size_t row) const {
    return validity == nullptr || ((validity[row / 64] >> (row % 64)) & 1) != 0;
  }
};
VectorView view_of(duckdb_vector vector);

// The element at `row` of a vector of `type`.
void read_element(const VectorView& vector, ColumnType type, std::size_t row, Cell& cell);

}  // namespace daybook::sql
