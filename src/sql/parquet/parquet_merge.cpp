#include "sql/parquet/parquet_merge.h"

#include "sql/duckdb/duck_session.h"
#include "sql/parquet/parquet_copy.h"

namespace daybook::sql {
namespace {

class DuckParquetMerge final : public ParquetMerge {
 public:
  Status open(const std::string& folder) {
    return session_.open({.memory_limit_mb = kMemoryLimitMb, .folders = {folder}});
  }

  Result<std::int64_t> run(const std::vector<std::string>& files,
                           const std::string& path) override {
    const auto read =
        "SELECT * FROM read_parquet(" + file_list(files) + ", hive_partitioning = false)";
    auto rows = session_.number(copy_to_parquet(read, path));
    if (!rows) return fail(std::move(rows.error()), "merging files into " + path);
    return *rows;
  }

  void interrupt() override { session_.interrupt(); }

 private:
  DuckSession session_;
};

}  // namespace

Result<std::unique_ptr<ParquetMerge>> ParquetMerge::open(const std::string& folder) {
  auto merge = std::make_unique<DuckParquetMerge>();
  DAYBOOK_TRY_VOID(merge->open(folder));
  return merge;
}

}  // namespace daybook::sql
