// Reads the rows of columnar versions: by DuckDB, over the files that the version's database names
// at the moment of the question. What is merged away meanwhile can be read for kKeptTime, which is
// longer than any question may take.
//
// Threads: any, at once; a few readers are kept for the next question.

#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "sql/parquet/parquet_reader.h"
#include "views/kinds/columnar/data_folders.h"
#include "views/outside_rows.h"

namespace daybook::views::columnar {

inline constexpr std::size_t kMaxIdleReaders = 2;
inline constexpr int kQueryMemoryMb = 256;  // of each question
inline constexpr int kDiffMemoryMb = 512;   // what does not fit goes to a file beside the version

class ColumnarRows final : public OutsideRows {
 public:
  // `path` is that of the version's database.
  ColumnarRows(const std::string& path, const ViewFileInfo& info) : folders_(path), info_(info) {}

  Status select(sqlite::Database& database, const std::string& sql, const ReadOptions& options,
                Answer& answer) override;
  Status compare(sqlite::Database& both, const std::string& newer_path, const ViewFileInfo& newer,
                 std::size_t samples, std::chrono::milliseconds time_limit,
                 Difference& difference) override;

 private:
  struct Reader {
    std::unique_ptr<sql::ParquetReader> sql;
    std::vector<std::string> files;  // that it shows
  };

  Result<Reader> take(std::vector<std::string> files);
  void give_back(Reader reader);

  const DataFolders folders_;
  const ViewFileInfo info_;
  std::mutex mutex_;
  std::vector<Reader> idle_;
};

}  // namespace daybook::views::columnar
