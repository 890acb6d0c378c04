#include "views/kinds/table/table_store.h"

#include <algorithm>

namespace daybook::views::table {
namespace {

// The cache holds what a batch touches of a large view; the WAL is copied back every 16 MiB.
constexpr const char* kPragmas =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536;"
    "PRAGMA wal_autocheckpoint = 4096; PRAGMA temp_store = MEMORY;";

}  // namespace

Result<std::unique_ptr<TableStore>> TableStore::open(const std::string& path,
                                                     const std::string& view, int version,
                                                     const sql::FoldPlan& plan) {
  DAYBOOK_TRY(auto database, sqlite::Database::open(path, sqlite::Database::Mode::kCreate));
  std::unique_ptr<TableStore> store(
      new TableStore(plan, make_layout(plan, view), std::move(database)));
  DAYBOOK_TRY_VOID(store->database_.execute(kPragmas));
  DAYBOOK_TRY_VOID(store->create(view, version));
  DAYBOOK_TRY_VOID(store->load());
  return store;
}

Status TableStore::create(const std::string& view, int version) {
  DAYBOOK_TRY(auto tables, database_.prepare("SELECT 1 FROM sqlite_schema LIMIT 1"));
  DAYBOOK_TRY(const bool exists, tables.step());
  tables.reset();
  if (exists) return {};
  DAYBOOK_TRY_VOID(database_.execute("BEGIN IMMEDIATE"));
  const auto created = [&]() -> Status {
    DAYBOOK_TRY_VOID(
        create_info(database_, {view, version, false, plan_.fingerprint, shown_columns()}));
    DAYBOOK_TRY_VOID(database_.execute(layout_.create_sql(plan_)));
    return database_.execute("COMMIT");
  }();
  if (!created) (void)database_.execute("ROLLBACK");
  return created;
}

Status TableStore::load() {
  DAYBOOK_TRY(const auto info, read_info(database_));
  if (info.fingerprint != plan_.fingerprint) {
    return fail(ErrorCode::kCorrupt, database_.path() + " was built from another definition");
  }
  is_ready_ = info.is_ready;
  DAYBOOK_TRY(position_, read_position(database_));
  DAYBOOK_TRY(times_, read_event_times(database_));
  DAYBOOK_TRY(row_count_, read_row_count(database_));
  DAYBOOK_TRY(merge_, TableMerge::prepare(database_, plan_, layout_));
  DAYBOOK_TRY(put_position_,
              database_.prepare("INSERT OR REPLACE INTO daybook_position VALUES (?, ?, ?, ?)"));
  DAYBOOK_TRY(put_row_count_, database_.prepare("UPDATE daybook_view SET rows = ?"));
  return {};
}

Status TableStore::commit(sql::FoldResult& result, const TableMerge::PlaceOf& place_of,
                          const client::Position& next, const EventTimes& times) {
  DAYBOOK_TRY_VOID(database_.execute("BEGIN IMMEDIATE"));
  auto written = write(result, place_of, next, times);
  if (written) written = database_.execute("COMMIT");
  if (!written) {
    (void)database_.execute("ROLLBACK");
    return written;
  }
  position_ = next;
  times_ = times;
  row_count_ += merge_->growth();
  return {};
}

Status TableStore::write(sql::FoldResult& result, const TableMerge::PlaceOf& place_of,
                         const client::Position& next, const EventTimes& times) {
  DAYBOOK_TRY_VOID(merge_->apply(result, place_of));
  for (const auto& [partition, offset] : next) {
    const auto time = times.find(partition);
    put_position_.bind(0, std::string_view(partition.topic));
    put_position_.bind(1, static_cast<std::int64_t>(partition.partition.value));
    put_position_.bind(2, offset.value);
    put_position_.bind(3, time == times.end() ? std::int64_t{0} : time->second);
    DAYBOOK_TRY_VOID(put_position_.run());
  }
  put_row_count_.bind(0, row_count_ + merge_->growth());
  return put_row_count_.run();
}

Status TableStore::mark_ready() {
  if (is_ready_) return {};
  DAYBOOK_TRY_VOID(database_.execute("UPDATE daybook_view SET ready = 1"));
  is_ready_ = true;
  return {};
}

std::vector<ResultColumn> TableStore::shown_columns() const {
  std::vector<ResultColumn> columns;
  for (const auto& column : plan_.columns) {
    const bool is_key = std::ranges::find(plan_.key, column.name) != plan_.key.end();
    columns.push_back({column.name, to_text(column.type), is_key});
  }
  return columns;
}

}  // namespace daybook::views::table
