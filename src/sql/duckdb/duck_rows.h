// A result of DuckDB as Rows, and what a prepared statement says of its columns. Included by this
// room's sources only.

#pragma once

#include <vector>

#include "sql/duckdb/duckdb_handle.h"
#include "sql/duckdb/duckdb_types.h"
#include "sql/engine.h"

namespace daybook::sql {

// `columns` outlives it.
class DuckRows final : public Rows {
 public:
  DuckRows(QueryResult result, const std::vector<ResultColumn>& columns)
      : result_(std::move(result)), columns_(columns) {}

  Result<bool> next_chunk() override;
  std::size_t row_count() const override { return duckdb_data_chunk_get_size(chunk_.get()); }
  void read(std::size_t column, std::size_t row, Cell& cell) const override {
    read_element(vectors_[column], columns_[column].type, row, cell);
  }

 private:
  QueryResult result_;
  const std::vector<ResultColumn>& columns_;
  Chunk chunk_;
  std::vector<VectorView> vectors_;
};

// kInvalid with DuckDB's words if the SQL is wrong.
Result<Prepared> prepare_sql(duckdb_connection connection, const std::string& sql);

// kUnsupported if one has a type that is not ours.
Result<std::vector<ResultColumn>> result_columns(duckdb_prepared_statement statement);

}  // namespace daybook::sql
