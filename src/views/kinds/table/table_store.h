// One version of a table view on disk: a SQLite file in WAL mode with the rows, what the fold keeps
// beside them, and the position. Rows and position change in one transaction, so they agree after
// any crash; the last transactions may be lost with the machine (not with the process), and are
// then read from the log again.
//
// The only writer of its file; one thread.

#pragma once

#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "client/log_client.h"
#include "sql/fold_plan.h"
#include "sql/fold_run.h"
#include "views/kinds/table/table_layout.h"
#include "views/kinds/table/table_merge.h"
#include "views/sqlite/database.h"
#include "views/view_file.h"

namespace daybook::views::table {

class TableStore {
 public:
  // Makes the file, which is whole or not there, if it does not exist. kCorrupt if it was built
  // from another plan.
  static Result<std::unique_ptr<TableStore>> open(const std::string& path, const std::string& view,
                                                  int version, const sql::FoldPlan& plan);

  const client::Position& position() const { return position_; }
  const EventTimes& event_times() const { return times_; }
  std::int64_t row_count() const { return row_count_; }
  bool is_ready() const { return is_ready_; }

  // One transaction: merges the result, and moves to the position. On failure nothing has changed.
  Status commit(sql::FoldResult& result, const TableMerge::PlaceOf& place_of,
                const client::Position& next, const EventTimes& times);
  Status mark_ready();

 private:
  TableStore(const sql::FoldPlan& plan, TableLayout layout, sqlite::Database database)
      : plan_(plan), layout_(std::move(layout)), database_(std::move(database)) {}
  Status create(const std::string& view, int version);
  Status load();
  Status write(sql::FoldResult& result, const TableMerge::PlaceOf& place_of,
               const client::Position& next, const EventTimes& times);
  std::vector<ResultColumn> shown_columns() const;

  const sql::FoldPlan plan_;
  const TableLayout layout_;
  sqlite::Database database_;
  std::unique_ptr<TableMerge> merge_;
  sqlite::Statement put_position_;
  sqlite::Statement put_row_count_;
  client::Position position_;
  EventTimes times_;
  std::int64_t row_count_ = 0;
  bool is_ready_ = false;
};

}  // namespace daybook::views::table
