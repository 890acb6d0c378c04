// The table of rows: finding a group by its key, and writing it back. Prepared statements over one
// connection, inside the transaction of the caller.

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "sql/cell.h"
#include "views/kinds/table/table_layout.h"
#include "views/sqlite/database.h"

namespace daybook::views::table {

// One row of the table. A group that is not stored yet has an id already, and NULL in every column
// that does not belong to its key.
struct Group {
  std::int64_t id = 0;
  bool is_stored = false;
  bool was_visible = false;
  std::vector<sql::Cell> row;
};

class TableRows {
 public:
  static Result<TableRows> prepare(sqlite::Database& database, const TableLayout& layout);

  // Before each transaction: new ids go on from the highest that is stored.
  Status begin();
  // The group whose key is `key[sources[i]]` for the i-th of the layout's groups.
  Status find(const std::vector<sql::Cell>& key, const std::vector<int>& sources, Group& group);
  Status write(const Group& group);
  Status remove(const Group& group);  // nothing happens if it is not stored

  // Only if the layout has an age: removes the rows that are older than `oldest`, which is of the
  // type of their age, and tells the id of each.
  Status remove_older(const sql::Cell& oldest, const std::function<Status(std::int64_t)>& removed);

  // By how many rows the view has grown since begin().
  std::int64_t growth() const { return growth_; }

 private:
  TableRows() = default;
  bool is_visible(const Group& group) const;
  void bind_column(sqlite::Statement& statement, int parameter, std::size_t column,
                   const Group& group);

  const TableLayout* layout_ = nullptr;
  sqlite::Statement highest_;
  sqlite::Statement find_;
  sqlite::Statement insert_;
  sqlite::Statement update_;
  sqlite::Statement delete_;
  sqlite::Statement older_;
  std::vector<std::size_t> updated_;  // columns that are no groups
  std::vector<std::string> scratch_;
  std::int64_t next_id_ = 0;
  std::int64_t growth_ = 0;
};

}  // namespace daybook::views::table
