// A Parquet file of a version: the rows that the events of a range of offsets of one partition gave
// for one folder. Its name says so, and no other file of any version has it; what is in it is a
// matter of the name alone.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "views/sqlite/database.h"

namespace daybook::views::columnar {

struct DataFile {
  std::string folder;  // "day=2026-11-25/city=Bern"; empty without partition_by
  std::string name;
  std::int32_t partition = 0;
  std::int64_t begin = 0;  // offsets: the first, and the first that is not in it
  std::int64_t end = 0;
  std::int64_t rows = 0;
  std::int64_t bytes = 0;

  std::string path() const { return folder.empty() ? name : folder + "/" + name; }
};

// "v3-p00000-00000000000000000000-00000000000000000150.parquet".
std::string data_file_name(int version, std::int32_t partition, std::int64_t begin,
                           std::int64_t end);

// Files that follow one another: of one folder and partition, by offset.
using FileGroup = std::pair<std::string, std::int32_t>;
using DataFiles = std::map<FileGroup, std::vector<DataFile>>;

// The tables that say which files there are; docs/formats/columnar.md.
Status create_file_tables(sqlite::Database& database);
// `schema` is that of an attached database: "main", "other".
Result<std::vector<DataFile>> read_data_files(sqlite::Database& database,
                                              const std::string& schema);

}  // namespace daybook::views::columnar
