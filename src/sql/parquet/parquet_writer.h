// Writes Parquet files (by DuckDB, compressed with zstd) of rows that wait in memory.
//
// A file is not durable when it is written: whoever names it somewhere syncs it first. What a crash
// or an error leaves of one is any part of it.
//
// Owner: whoever keeps the files. One thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "sql/cell_table.h"

namespace daybook::sql {

class ParquetWriter {
 public:
  // Reaches no file but below `folder`.
  static Result<std::unique_ptr<ParquetWriter>> open(const std::string& folder,
                                                     std::vector<TableColumn> columns);
  virtual ~ParquetWriter() = default;

  // The rows that wait; filled in and cleared by the caller, whose text outlives them.
  virtual CellTable& waiting() = 0;
  // Writes those rows of waiting(), in that order. An older file of the name is replaced.
  virtual Status write(std::span<const std::uint32_t> rows, const std::string& path) = 0;
};

// Why a column of the type cannot be in a Parquet file without a loss; nothing if it can.
std::string parquet_fault(ColumnType type);

}  // namespace daybook::sql
