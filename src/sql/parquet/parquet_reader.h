// SQL over Parquet files: tables that are made of files, and SELECTs over them by DuckDB.
//
// The SQL is a user's: it can read the files below the folders that are given and no others, change
// nothing, and is interrupted at its deadline. A result is not put together in memory: who reads a
// part of it pays for that part.
//
// Threads: one at a time.

#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "sql/engine.h"

namespace daybook::sql {

struct ParquetTable {
  std::string name;
  std::vector<ResultColumn> columns;
  // Of these the values are in the names of the files' folders: .../<column>=<value>/...
  std::vector<std::string> folder_columns;
  std::vector<std::string> files;  // of the others, in order
  friend bool operator==(const ParquetTable&, const ParquetTable&) = default;
};

// What a folder is called where a column is NULL.
inline constexpr const char* kNullFolder = "__HIVE_DEFAULT_PARTITION__";

struct ParquetReaderOptions {
  std::vector<std::string> folders = {};
  int memory_limit_mb = 256;
  std::string spill_folder = {};  // for what does not fit the memory; none: that is an error
  friend bool operator==(const ParquetReaderOptions&, const ParquetReaderOptions&) = default;
};

// Rows of a SELECT; until the next one of its reader.
struct Selected {
  std::vector<ResultColumn> columns;
  std::unique_ptr<Rows> rows;
};

class ParquetReader {
 public:
  static Result<std::unique_ptr<ParquetReader>> open(const ParquetReaderOptions& options);
  virtual ~ParquetReader() = default;

  // In the place of an older table of the name.
  virtual Status show(const ParquetTable& table) = 0;

  // kInvalid if it is wrong or no SELECT; kNoSpace if it needs more memory than there is. After the
  // deadline it fails with kTimedOut, and so do its rows.
  virtual Result<std::unique_ptr<Selected>> select(
      const std::string& sql, std::chrono::steady_clock::time_point deadline) = 0;
};

}  // namespace daybook::sql
