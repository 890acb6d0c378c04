// The kind `columnar` at work. The rows of the SELECT wait in memory until they are many or old
// enough to be worth files, one for each partition and folder; the position waits with them. Then:
//
//   1. the files are written under their final names into v<N>.files, and made durable;
//   2. one transaction names them in the database and moves the position: from here on they count;
//   3. they are shown in v<N>.
//
// A crash before 2 leaves files that nobody names: they are removed, and the same events make them
// again. A crash after 2 leaves files that are not shown: they are shown at the next start. So a
// row is in the version exactly once, and others see it once or not yet.
//
// Small neighbours are merged in the background by the same steps: the merged file is written and
// made durable; one transaction names it instead of those; the folder shows it instead of them.

#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sql/parquet/parquet_writer.h"
#include "views/fold.h"
#include "views/kinds/columnar/background_merge.h"
#include "views/kinds/columnar/columnar_query.h"
#include "views/kinds/columnar/data_folders.h"

namespace daybook::views::columnar {

// When the rows that wait become files.
inline constexpr std::size_t kMaxWaitingRows = 250'000;
inline constexpr std::size_t kMaxWaitingBytes = 48 << 20;
inline constexpr std::chrono::seconds kMaxWait{10};
// Of what waits at once; a column with more values than this is none to make folders of.
inline constexpr std::size_t kMaxNewFiles = 10'000;

class ColumnarFold final : public Fold {
 public:
  explicit ColumnarFold(ColumnarQuery query);

  const std::string& fingerprint() const override { return fingerprint_; }
  std::vector<ResultColumn> columns() const override;
  bool reads_headers() const override { return query_.run->reads(sql::PseudoColumn::kHeaders); }
  Status create(sqlite::Database& database) override { return create_file_tables(database); }
  Status open(sqlite::Database& database) override;

  Result<std::vector<flow::Rejection>> compute(std::span<const sql::InputEvent> events) override;
  Status keep() override;
  bool may_wait(bool is_quiet) const override;
  bool writes_files() const override { return true; }
  bool has_own_work() const override { return merger_ && merger_->is_done(); }
  Status write_files() override;
  Result<std::int64_t> apply() override;
  Status show_files() override;

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  struct Range {
    std::int64_t begin = 0;
    std::int64_t end = 0;
  };

  void keep_row(const sql::Rows& rows, std::size_t row);
  Status forget_retired();
  Status name_file(const DataFile& file);
  Status replace_files(const Merge& merge);
  Status show_merged();
  void take_merge();
  void start_merge();

  ColumnarQuery query_;
  std::string fingerprint_;
  sqlite::Database* database_ = nullptr;
  std::optional<DataFolders> folders_;

  std::span<const sql::InputEvent> events_;  // of the last compute(), and its result
  sql::BatchResult result_;

  // What waits. The ranges are of all events, whether they gave rows or not.
  std::unique_ptr<sql::ParquetWriter> writer_;
  std::deque<sql::Cell> texts_;
  std::map<std::pair<std::int32_t, std::string>, std::vector<std::uint32_t>> rows_;
  std::map<std::int32_t, Range> ranges_;
  std::size_t waiting_bytes_ = 0;
  std::optional<TimePoint> waiting_since_;
  std::optional<TimePoint> written_at_;
  sql::Cell cell_;

  std::vector<DataFile> written_;  // by write_files(), until they are shown
  std::optional<std::int64_t> forgotten_ms_;
  TimePoint next_look_;  // for what was retired

  DataFiles files_;               // that the database names
  std::set<FileGroup> unlooked_;  // that may have something to merge
  std::optional<Merge> merged_;   // to be named, then shown
  std::optional<BackgroundMerge> merger_;
};

}  // namespace daybook::views::columnar
