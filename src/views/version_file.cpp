#include "views/version_file.h"

#include "views/changes/change_outbox.h"
#include "views/sqlite/values.h"

namespace daybook::views {
namespace {

// The WAL is copied back every 16 MiB.
constexpr const char* kPragmas =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 4096;"
    "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -";  // and KiB

}  // namespace

Result<std::unique_ptr<VersionFile>> VersionFile::open(const std::string& path,
                                                       const std::string& view, int version,
                                                       const std::string& definition,
                                                       std::unique_ptr<Fold> fold,
                                                       std::size_t cache_bytes) {
  DAYBOOK_TRY(auto database, sqlite::Database::open(path, sqlite::Database::Mode::kCreate));
  std::unique_ptr<VersionFile> file(new VersionFile(std::move(fold), std::move(database)));
  DAYBOOK_TRY_VOID(file->database_.execute(kPragmas + std::to_string(cache_bytes >> 10)));
  DAYBOOK_TRY_VOID(file->create(view, version, definition));
  DAYBOOK_TRY_VOID(file->load());
  return file;
}

Status VersionFile::create(const std::string& view, int version, const std::string& definition) {
  DAYBOOK_TRY(auto tables, database_.prepare("SELECT 1 FROM sqlite_schema LIMIT 1"));
  DAYBOOK_TRY(const bool exists, tables.step());
  tables.reset();
  if (exists) return {};
  DAYBOOK_TRY_VOID(database_.execute("BEGIN IMMEDIATE"));
  const auto created = [&]() -> Status {
    DAYBOOK_TRY_VOID(create_info(
        database_, {view, version, false, fold_->fingerprint(), definition, fold_->columns()}));
    DAYBOOK_TRY_VOID(fold_->create(database_));
    return database_.execute("COMMIT");
  }();
  if (!created) (void)database_.execute("ROLLBACK");
  return created;
}

Status VersionFile::load() {
  DAYBOOK_TRY(const auto info, read_info(database_));
  if (info.fingerprint != fold_->fingerprint()) {
    return fail(ErrorCode::kCorrupt, database_.path() + " was built from another definition");
  }
  is_ready_ = info.is_ready;
  DAYBOOK_TRY(position_, read_position(database_));
  DAYBOOK_TRY(times_, read_event_times(database_));
  DAYBOOK_TRY(row_count_, read_row_count(database_));
  DAYBOOK_TRY_VOID(fold_->open(database_));
  DAYBOOK_TRY(put_position_,
              database_.prepare("INSERT OR REPLACE INTO daybook_position VALUES (?, ?, ?, ?)"));
  DAYBOOK_TRY(put_row_count_, database_.prepare("UPDATE daybook_view SET rows = ?"));
  return {};
}

Result<std::vector<std::vector<Value>>> VersionFile::find(const KeyColumns& columns,
                                                          std::span<const sql::Cell> key,
                                                          std::size_t limit) {
  if (find_.get() == nullptr) {
    DAYBOOK_TRY(find_, database_.prepare(columns.select_sql()));
  }
  std::vector<std::string> scratch;
  columns.bind(find_, key, scratch);
  std::vector<std::vector<Value>> rows;
  while (rows.size() < limit) {
    DAYBOOK_TRY(const bool has_row, find_.step());
    if (!has_row) return rows;
    auto& row = rows.emplace_back();
    for (int i = 0; i < find_.column_count(); ++i) row.push_back(sqlite::value_of(find_, i));
  }
  find_.reset();
  return rows;
}

Status VersionFile::apply(const client::Position& next, const EventTimes& times) {
  DAYBOOK_TRY_VOID(fold_->write_files());
  if (!is_open_) DAYBOOK_TRY_VOID(database_.execute("BEGIN IMMEDIATE"));
  is_open_ = true;
  const auto growth = write(next, times);
  if (!growth) {
    (void)database_.execute("ROLLBACK");
    is_open_ = false;
    return std::unexpected(growth.error());
  }
  position_ = next;
  times_ = times;
  row_count_ += *growth;
  return {};
}

Status VersionFile::commit() {
  auto committed = database_.execute("COMMIT");
  if (!committed) (void)database_.execute("ROLLBACK");
  is_open_ = false;
  DAYBOOK_TRY_VOID(std::move(committed));
  return fold_->show_files();
}

Status VersionFile::commit(const client::Position& next, const EventTimes& times) {
  DAYBOOK_TRY_VOID(apply(next, times));
  return commit();
}

Result<std::int64_t> VersionFile::write(const client::Position& next, const EventTimes& times) {
  DAYBOOK_TRY(const auto growth, fold_->apply());
  for (const auto& [partition, offset] : next) {
    const auto time = times.find(partition);
    put_position_.bind(0, std::string_view(partition.topic));
    put_position_.bind(1, static_cast<std::int64_t>(partition.partition.value));
    put_position_.bind(2, offset.value);
    put_position_.bind(3, time == times.end() ? std::int64_t{0} : time->second);
    DAYBOOK_TRY_VOID(put_position_.run());
  }
  put_row_count_.bind(0, row_count_ + growth);
  DAYBOOK_TRY_VOID(put_row_count_.run());
  return growth;
}

Status VersionFile::forget_changes() {
  return database_.execute(kForgetChanges);
}

Status VersionFile::mark_ready() {
  if (is_ready_) return {};
  DAYBOOK_TRY_VOID(database_.execute("UPDATE daybook_view SET ready = 1"));
  is_ready_ = true;
  return {};
}

}  // namespace daybook::views
