// The statement that writes a Parquet file of what a SELECT gives; its answer is the count of rows.
// Included by this folder's sources only.

#pragma once

#include <string>

#include "sql/duckdb/duck_session.h"

namespace daybook::sql {

inline constexpr int kMemoryLimitMb = 256;  // of what DuckDB may use for one file

inline std::string copy_to_parquet(const std::string& select, const std::string& path) {
  return "COPY (" + select + ") TO " + text_literal(path) +
         " (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)";
}

// The list of files as DuckDB reads it.
template <class Paths>
std::string file_list(const Paths& paths) {
  std::string list;
  for (const auto& path : paths) list += (list.empty() ? "[" : ", ") + text_literal(path);
  return list + "]";
}

}  // namespace daybook::sql
