#include "sql/duckdb/duck_rows.h"

namespace daybook::sql {

Result<bool> DuckRows::next_chunk() {
  auto result = result_.get();
  chunk_ = Chunk(duckdb_fetch_chunk(result));
  vectors_.clear();
  if (chunk_.get() == nullptr) {
    if (duckdb_result_error(&result) != nullptr) return std::unexpected(run_error(result));
    return false;
  }
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    vectors_.push_back(view_of(duckdb_data_chunk_get_vector(chunk_.get(), i)));
  }
  return true;
}

Result<Prepared> prepare_sql(duckdb_connection connection, const std::string& sql) {
  Prepared prepared;
  if (duckdb_prepare(connection, sql.c_str(), prepared.out()) != DuckDBSuccess) {
    return std::unexpected(prepare_error(duckdb_prepare_error(prepared.get())));
  }
  return prepared;
}

Result<std::vector<ResultColumn>> result_columns(duckdb_prepared_statement statement) {
  std::vector<ResultColumn> columns;
  const auto count = duckdb_prepared_statement_column_count(statement);
  for (idx_t i = 0; i < count; ++i) {
    const char* name = duckdb_prepared_statement_column_name(statement, i);
    const LogicalType type(duckdb_prepared_statement_column_logical_type(statement, i));
    const auto ours = column_type(type.get());
    std::string shown = name == nullptr ? "" : name;
    duckdb_free(const_cast<char*>(name));
    if (!ours) {
      return fail(ErrorCode::kUnsupported,
                  "column " + shown +
                      " has a type that a view cannot hold (a list, struct, "
                      "interval, blob or the like): cast it to VARCHAR, JSON or a number");
    }
    columns.push_back({std::move(shown), *ours});
  }
  return columns;
}

}  // namespace daybook::sql
