// Reads the rows of columnar versions: by DuckDB, in a query process (query_process/query_pool.h),
// over the files that the version's database names at the moment of the question. What is merged
// away meanwhile can be read for kKeptTime, which is longer than any question may take.
//
// Threads: any, at once.

#pragma once

#include <memory>
#include <string>

#include "views/kinds/columnar/data_folders.h"
#include "views/outside_rows.h"
#include "views/query_process/query_pool.h"

namespace daybook::views::columnar {

// Of what a query process may take in all, what DuckDB counts. The rest is for what it does not.
inline constexpr int kQueryMemoryMb = 384;
inline constexpr int kDiffMemoryMb = 256;  // what does not fit goes to a file beside the version

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
  const DataFolders folders_;
  const ViewFileInfo info_;
  const std::shared_ptr<QueryPool> pool_ = QueryPool::shared();
};

}  // namespace daybook::views::columnar
