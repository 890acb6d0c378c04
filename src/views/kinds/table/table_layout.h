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

// The columns of an aggregate; kNone where it has no such column.
struct StoredAggregate {
  int value = sql::kNone;  // what is shown, or what computed columns are made of
  int sum = sql::kNone;    // of avg and stddev
  int low = sql::kNone;    // of sums of floating-point numbers: what rounding took; after the sum
  int count = sql::kNone;  // of values that are not NULL
  int by = sql::kNone;     // of first and last with an order of their own: what the row sorts by
  int place = sql::kNone;  // of first and last: three columns, time, partition and offset
  // Of stddev: where its moments are counted from, and two columns, the sum of the squares and its
  // lower part.
  int origin = sql::kNone;
  int square = sql::kNone;
  int sketch = sql::kNone;  // of approx_count_distinct: distinct_sketch.h
};

struct TableLayout {
  std::string view;                         // the name that users see
  std::vector<StoredColumn> columns;        // after daybook_id, in this order
  std::vector<int> groups;                  // columns that tell rows apart, the key's first
  std::vector<int> group_sources;           // for each of groups: its column in the partial query
  std::vector<StoredAggregate> aggregates;  // as FoldPlan::aggregates
  std::vector<int> shown;                   // columns, in the order of the SELECT list
  std::vector<int> inputs;                  // of what is computed: groups, then aggregates' values
  std::vector<int> computed;                // in the order of the finish query
  int rows = sql::kNone;                    // the group's row count, where rows may be taken back
  int passes = sql::kNone;                  // whether the group passes HAVING
  int age = sql::kNone;                     // what rows are forgotten by, if they are
  int place = sql::kNone;                   // of the latest row per key: as StoredAggregate::place

  std::string create_sql(const sql::FoldPlan& plan) const;
  std::string is_shown_sql() const;    // whether users see a row
  std::string find_sql() const;        // parameters: groups; columns: daybook_id, then all columns
  std::string find_by_id_sql() const;  // parameter: daybook_id; columns: as find_sql()
  // The same for `count` groups at once, by key or by id: the parameters of each after those of the
  // one before; a row begins with the number of its group, from 0.
  std::string find_many_sql(std::size_t count, bool by_id) const;
  std::string insert_sql() const;  // parameters: daybook_id, then all columns
  std::string update_sql() const;  // parameters: columns that are no groups, then daybook_id
  // insert_sql() for `count` rows at once; of those that are stored, what update_sql() does. Of a
  // statement that fails, the rows before stay written: the caller's transaction is to be undone.
  std::string write_many_sql(std::size_t count) const;
  bool is_group(std::size_t column) const;
  // Whether rows are told apart by one column, of whole numbers or what is counted in them.
  bool has_counted_key() const;
};

TableLayout make_layout(const sql::FoldPlan& plan, std::string view);

std::string side_table(std::size_t side);

}  // namespace daybook::views::table
