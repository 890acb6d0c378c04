// The table of rows: finding a group by its key, and writing it back. Prepared statements over one
// connection, inside the transaction of the caller, which a failure leaves to be rolled back.
//
// Where there are many groups, each statement finds or writes a number of them: to begin and end
// one for each group is a fifth of what SQLite does for it, or more (docs/performance.md).
//
// Where rows are told apart by one column of whole numbers, or of what is counted in them, its
// value is the row's id, and a group is found without the index of keys. What cannot be an id
// (NULL, the lowest numbers, those beyond 64 bits) has one that no value is, and is found in the
// index; so is every group of a file of an earlier format, where ids count the groups.

#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "sql/cell.h"
#include "views/kinds/table/table_layout.h"
#include "views/sqlite/database.h"

namespace daybook::views::table {

// Groups that one statement finds or writes. With more nothing is gained.
inline constexpr std::size_t kGroupsAtOnce = 64;

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
  using Key = std::vector<sql::Cell>;

  static Result<TableRows> prepare(sqlite::Database& database, const TableLayout& layout,
                                   std::size_t at_once = kGroupsAtOnce);

  // Before each transaction: new ids go on from the highest that is stored.
  Status begin();
  // The group whose key is `key[sources[i]]` for the i-th of the layout's groups.
  Status find(const Key& key, const std::vector<int>& sources, Group& group);
  Status write(const Group& group);
  // The same for many, no two of which are the same group: groups[i] is the one of keys[i].
  Status find(std::span<const Key> keys, const std::vector<int>& sources, std::span<Group> groups);
  Status write(std::span<Group* const> groups);
  Status remove(const Group& group);  // nothing happens if it is not stored

  // Only if the layout has an age: removes the rows that are older than `oldest`, which is of the
  // type of their age, and tells the id of each.
  Status remove_older(const sql::Cell& oldest, const std::function<Status(std::int64_t)>& removed);

  // By how many rows the view has grown since begin().
  std::int64_t growth() const { return growth_; }

 private:
  TableRows() = default;
  Status prepare_ids(sqlite::Database& database);
  bool is_id(const sql::Cell& key) const;
  void bind_key(sqlite::Statement& statement, int parameter, const Key& key,
                const std::vector<int>& sources);
  Status find_at_once(std::span<const Key> keys, const std::vector<int>& sources,
                      std::span<Group> groups);
  Status load(const sqlite::Statement& statement, int column, Group& group) const;
  void begin_group(const Key& key, const std::vector<int>& sources, Group& group);
  bool is_visible(const Group& group) const;
  void count(const Group& group);
  void bind_row(sqlite::Statement& statement, int parameter, const Group& group);
  void bind_column(sqlite::Statement& statement, int parameter, std::size_t column,
                   const Group& group);

  const TableLayout* layout_ = nullptr;
  bool has_keys_as_ids_ = false;
  sqlite::Statement last_id_;
  sqlite::Statement find_;
  sqlite::Statement find_by_id_;
  sqlite::Statement find_many_;  // by ids, if keys are
  sqlite::Statement insert_;
  sqlite::Statement update_;
  sqlite::Statement write_many_;
  sqlite::Statement delete_;
  sqlite::Statement older_;
  std::vector<std::size_t> updated_;  // columns that are no groups
  std::size_t at_once_ = 0;           // groups of find_many_ and write_many_
  std::vector<std::string> scratch_;  // by parameter
  std::int64_t next_id_ = 0;          // of groups whose key is none
  std::int64_t growth_ = 0;
};

}  // namespace daybook::views::table
