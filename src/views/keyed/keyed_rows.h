// The rows of a view that keeps one per key, in the table daybook_rows of the version's file: an
// event puts the row of its key, changes it, or removes it.
//
// Each row keeps the place of its last event. In a topic whose events carry whole rows, the order
// of time decides between partitions: a put from before that place has no effect.
//
// Owner: a Fold. One thread.

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "views/answer.h"
#include "views/keyed/keyed_events.h"
#include "views/sqlite/database.h"

namespace daybook::views {

class KeyedRows {
 public:
  // Both expressions have one parameter, and the second may name the columns of the row.
  struct Column {
    std::string name;
    std::string type;           // as declared in SQLite
    std::string put = "?";      // of a new row
    std::string changed = "?";  // of a row that is there
  };
  struct Options {
    std::vector<std::string> key;
    std::vector<Column> columns;
    bool accumulates = false;  // a late event counts like any other
  };
  // Binds an event's value of each column from parameter `first` on; returns the one after them.
  using Bind = std::function<int(sqlite::Statement&, int first, const KeyedEvent&)>;

  explicit KeyedRows(Options options) : options_(std::move(options)) {}

  // Of the key, as users see them.
  std::vector<ResultColumn> key_columns(const KeyedEvents& events) const;
  std::string quoted_key() const;  // with commas between
  // The table and its index of keys.
  std::string create_sql(const KeyedEvents& events) const;

  // The database has the table, and outlives this.
  Status open(sqlite::Database& database);
  // Writes what the last compute() of `events` gave; returns by how many rows the table grew.
  Result<std::int64_t> apply(KeyedEvents& events, const Bind& bind);

 private:
  Result<std::int64_t> apply(KeyedEvents& events, const KeyedEvent& event, const Bind& bind);

  const Options options_;
  sqlite::Statement find_;
  sqlite::Statement insert_;
  sqlite::Statement update_;
  sqlite::Statement remove_;
};

}  // namespace daybook::views
