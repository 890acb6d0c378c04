// Where everything of a fold is in its SQLite file: which columns the table of rows has, shown and
// hidden, and the SQL that makes, finds and changes them. docs/formats/view.md describes the file.

#pragma once

#include <string>
#include <vector>

#include "sql/column_type.h"
#include "sql/fold_plan.h"

namespace daybook::views::table {

inline constexpr const char* kHiddenPrefix = "daybook_";

struct StoredColumn {
  std::string name;
  sql::ColumnType type;
  bool is_hidden = false;
};

// An aggregate's columns follow each other from `value` on; kNone where it has no such column.
struct StoredAggregate {
  int value = sql::kNone;  // what is shown
  int sum = sql::kNone;    // of avg
  int low = sql::kNone;    // of sums of floating-point numbers: what the sum lost by rounding
  int count = sql::kNone;  // of values that are not NULL
  int place = sql::kNone;  // of first and last: three columns, time, partition and offset
};

struct TableLayout {
  std::string view;                         // the name that users see
  std::vector<StoredColumn> columns;        // after daybook_id, in this order
  std::vector<int> groups;                  // columns that tell rows apart, the key's first
  std::vector<int> group_sources;           // for each of groups: its column in the partial query
  std::vector<StoredAggregate> aggregates;  // as FoldPlan::aggregates
  std::vector<int> shown;                   // columns, in the order of the SELECT list
  int rows = sql::kNone;                    // the group's row count, where rows may be taken back
  int place = sql::kNone;                   // of the latest row per key: as StoredAggregate::place

  std::string create_sql(const sql::FoldPlan& plan) const;
  std::string find_sql() const;    // parameters: groups; columns: daybook_id, then all columns
  std::string insert_sql() const;  // parameters: daybook_id, then all columns
  std::string update_sql() const;  // parameters: all columns, then daybook_id
};

TableLayout make_layout(const sql::FoldPlan& plan, std::string view);

std::string side_table(std::size_t side);

}  // namespace daybook::views::table
