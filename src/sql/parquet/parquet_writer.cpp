#include "sql/parquet/parquet_writer.h"

#include "base/check.h"
#include "sql/duckdb/batch_scan.h"
#include "sql/duckdb/duck_session.h"
#include "sql/parquet/parquet_copy.h"

namespace daybook::sql {
namespace {

constexpr const char* kWaiting = "daybook_waiting";

class DuckParquetWriter final : public ParquetWriter {
 public:
  explicit DuckParquetWriter(std::vector<TableColumn> columns) : cells_(std::move(columns)) {}

  Status open(const std::string& folder) {
    source_.columns = cells_.columns();
    DAYBOOK_TRY_VOID(session_.open({.memory_limit_mb = kMemoryLimitMb, .folders = {folder}}));
    return register_batch_scan(session_.connection(), kWaiting, source_);
  }

  CellTable& waiting() override { return cells_; }

  Status write(std::span<const std::uint32_t> rows, const std::string& path) override {
    auto& shown = source_.rows;
    shown.selection = rows.data();
    shown.count = rows.size();
    for (std::size_t i = 0; i < source_.columns.size(); ++i) {
      shown.columns.push_back(&cells_.buffer(i));
    }
    const auto written =
        session_.number(copy_to_parquet("SELECT * FROM " + std::string(kWaiting) + "()", path));
    source_.rows = {};
    if (!written) return fail(written.error(), "writing " + path);
    DAYBOOK_CHECK(*written == static_cast<std::int64_t>(rows.size()), "a row is one row");
    return {};
  }

 private:
  CellTable cells_;
  ScanSource source_;  // outlives the connection
  DuckSession session_;
};

}  // namespace

Result<std::unique_ptr<ParquetWriter>> ParquetWriter::open(const std::string& folder,
                                                           std::vector<TableColumn> columns) {
  auto writer = std::make_unique<DuckParquetWriter>(std::move(columns));
  DAYBOOK_TRY_VOID(writer->open(folder));
  return writer;
}

std::string parquet_fault(ColumnType type) {
  if (type.id != TypeId::kHugeint) return "";
  return "Parquet has no HUGEINT, and DuckDB would round it: cast it to DECIMAL(38,0), BIGINT or "
         "VARCHAR";
}

}  // namespace daybook::sql
