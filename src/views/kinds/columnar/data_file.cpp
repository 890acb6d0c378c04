#include "views/kinds/columnar/data_file.h"

#include <fmt/format.h>

namespace daybook::views::columnar {

std::string data_file_name(int version, std::int32_t partition, std::int64_t begin,
                           std::int64_t end) {
  return fmt::format("v{}-p{:05}-{:020}-{:020}.parquet", version, partition, begin, end);
}

Status create_file_tables(sqlite::Database& database) {
  return database.execute(
      "CREATE TABLE daybook_files (folder TEXT, name TEXT, partition INTEGER, first_offset "
      "INTEGER, "
      "next_offset INTEGER, rows INTEGER, bytes INTEGER, "
      "PRIMARY KEY (folder, partition, first_offset)) WITHOUT ROWID;"
      "CREATE TABLE daybook_retired (path TEXT PRIMARY KEY, at_ms INTEGER) WITHOUT ROWID;");
}

Result<std::vector<DataFile>> read_data_files(sqlite::Database& database,
                                              const std::string& schema) {
  DAYBOOK_TRY(auto select,
              database.prepare("SELECT folder, name, partition, first_offset, next_offset, rows, "
                               "bytes FROM " +
                               schema + ".daybook_files ORDER BY folder, partition, first_offset"));
  std::vector<DataFile> files;
  while (true) {
    DAYBOOK_TRY(const bool has_row, select.step());
    if (!has_row) return files;
    files.push_back({std::string(select.text(0)), std::string(select.text(1)),
                     static_cast<std::int32_t>(select.integer(2)), select.integer(3),
                     select.integer(4), select.integer(5), select.integer(6)});
  }
}

}  // namespace daybook::views::columnar
