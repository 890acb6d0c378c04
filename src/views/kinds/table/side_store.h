// What a fold over changes must remember beside its rows: for min and max, how often each group has
// each value; for first and last, each group's rows and where they are in the order of events. When
// a value is taken back, the next one is found by one step in an index.

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

  // The smallest or first, or the largest or last, value of the group; NULL if it has none.
  Status choose(std::int64_t group, bool lowest, sql::Cell& value);
  Status remove_group(std::int64_t group);

 private:
  SideStore() = default;

  sql::SideQuery::Kind kind_ = sql::SideQuery::Kind::kValues;
  sql::ColumnType type_;
  sqlite::Statement put_;
  sqlite::Statement remove_;
  sqlite::Statement lowest_;
  sqlite::Statement highest_;
  sqlite::Statement remove_group_;
  std::string scratch_;
};

}  // namespace daybook::views::table
