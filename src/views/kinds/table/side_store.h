// What a fold must remember beside its rows. Over changes: for min and max, how often each group
// has each value; for first, last and lists, each group's rows and where they are in the order of
// events. When a value is taken back, the next one is found by one step in an index. Without
// changes: for each list, the rows that are in it, never more than its bound.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "sql/cell.h"
#include "sql/fold_plan.h"
#include "views/kinds/table/aggregate_merge.h"
#include "views/sqlite/database.h"

namespace daybook::views::table {

class SideStore {
 public:
  static Result<SideStore> prepare(sqlite::Database& database, const sql::SideQuery& side,
                                   std::size_t index);

  // kValues: `difference` more (or less) of `value` in the group.
  Status add_value(std::int64_t group, const sql::Cell& value, std::int64_t difference);
  // kRows, kOrderedRows: the group's row `key` is now as this event left it, or is not in the group
  // any more. `by` is what kOrderedRows sort by, before their place; others do not look at it.
  Status put_row(std::int64_t group, const std::string& key, const std::string& by,
                 const EventPlace& place, const sql::Cell& value);
  Status remove_row(std::int64_t group, const std::string& key);
  // kTopRows: one more row of the group. More than the bound are there until trim().
  Status put_top(std::int64_t group, const std::string& by, const EventPlace& place,
                 const sql::Cell& value);
  Status trim(std::int64_t group);

  // The smallest or first, or the largest or last, value of the group; NULL if it has none.
  Status choose(std::int64_t group, bool lowest, sql::Cell& value);
  // `limit` values at most, from the first on, or from the last on back.
  Status choose(std::int64_t group, bool lowest, int limit, std::vector<sql::Cell>& values);
  Status remove_group(std::int64_t group);

 private:
  SideStore() = default;

  sql::SideQuery::Kind kind_ = sql::SideQuery::Kind::kValues;
  sql::ColumnType type_;
  int bound_ = 0;
  sqlite::Statement put_;
  sqlite::Statement remove_;
  sqlite::Statement trim_;
  sqlite::Statement lowest_;
  sqlite::Statement highest_;
  sqlite::Statement remove_group_;
  std::vector<sql::Cell> chosen_;
  std::string scratch_;
};

}  // namespace daybook::views::table
