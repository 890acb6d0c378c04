// One version of a view on disk, whatever its kind: a SQLite file in WAL mode with the rows that a
// Fold keeps, and the position that they are the result of. Both change in one transaction, so they
// agree after any crash; the last transactions may be lost with the machine (not with the process),
// and are then read from the log again.
//
// The only writer of its file; one thread.

#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/log_client.h"
#include "views/fold.h"
#include "views/key_columns.h"
#include "views/sqlite/database.h"
#include "views/view_file.h"

namespace daybook::views {

class VersionFile {
 public:
  static constexpr std::size_t kDefaultCacheBytes = 64 << 20;

  // Makes the file, which is whole or not there, if it does not exist. kCorrupt if it is of
  // another fingerprint than the fold's. `definition` is stored in a new file. The cache holds what
  // a batch touches of a large view; a page that is not in it is read from the system's.
  static Result<std::unique_ptr<VersionFile>> open(const std::string& path, const std::string& view,
                                                   int version, const std::string& definition,
                                                   std::unique_ptr<Fold> fold,
                                                   std::size_t cache_bytes = kDefaultCacheBytes);

  Fold& fold() { return *fold_; }
  // Of what was applied.
  const client::Position& position() const { return position_; }
  const EventTimes& event_times() const { return times_; }
  std::int64_t row_count() const { return row_count_; }
  bool is_ready() const { return is_ready_; }
  bool is_open() const { return is_open_; }  // a transaction

  // What users see of a key after the last commit, at most `limit` rows.
  Result<std::vector<std::vector<Value>>> find(const KeyColumns& columns,
                                               std::span<const sql::Cell> key, std::size_t limit);

  // Applies what the fold has kept, and moves to the position, in a transaction that stays open: it
  // is begun if none is, and nobody else sees what is in it. On failure nothing has changed since
  // the last commit, or what has is shown when the file is opened anew; this is to be thrown away.
  Status apply(const client::Position& next, const EventTimes& times);
  // Ends the transaction: what was applied is there, for everybody. Failures as of apply().
  Status commit();
  Status commit(const client::Position& next, const EventTimes& times);  // both
  // Whether the open transaction has outgrown the cache, so that more of it saves nothing.
  bool has_spilled() { return database_.has_spilled(); }
  Status mark_ready();
  // Of a view that publishes no changes; changes/change_outbox.h.
  Status forget_changes();

 private:
  VersionFile(std::unique_ptr<Fold> fold, sqlite::Database database)
      : database_(std::move(database)), fold_(std::move(fold)) {}
  Status create(const std::string& view, int version, const std::string& definition);
  Status load();
  Result<std::int64_t> write(const client::Position& next, const EventTimes& times);

  sqlite::Database database_;  // outlives the fold
  std::unique_ptr<Fold> fold_;
  sqlite::Statement put_position_;
  sqlite::Statement put_row_count_;
  sqlite::Statement find_;  // prepared when it is first asked for
  client::Position position_;
  EventTimes times_;
  std::int64_t row_count_ = 0;
  bool is_ready_ = false;
  bool is_open_ = false;
};

}  // namespace daybook::views
