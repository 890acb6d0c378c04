// Events as what happens to keys: the row of a key is put, or removed. For kinds of views that keep
// one thing per key and take it from the events' JSON, without SQL.
//
// Of a change topic the row after a change is put, and a deletion, or a change of the key, removes.
// In other topics the value is put, and a tombstone removes what its record key names: the key's
// fields as a JSON object or, if there is one, its value. What is not strict JSON, or has no key,
// is rejected. SQLite's own JSON functions read the events, so what they let through they can read
// again.
//
// Owner: a Fold. One thread.

#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "client/schema.h"
#include "flow/work.h"
#include "sql/cell.h"
#include "sql/column_type.h"
#include "sql/decode/change_text.h"
#include "sql/input.h"
#include "views/answer.h"
#include "views/event_place.h"
#include "views/fold.h"
#include "views/sqlite/database.h"
#include "views/view_spec.h"

namespace daybook::views {

struct KeyedEvent {
  std::vector<sql::Cell> key;
  std::vector<Value> values;  // of the fields; as they were, if it is a removal
  bool is_removal = false;
  std::string_view event;  // the whole value or change; empty for a tombstone
  EventPlace place;
};

class KeyedEvents {
 public:
  struct Options {
    std::vector<std::string> key = {};     // paths: names with points between
    std::vector<std::string> fields = {};  // likewise
    bool retracts = false;  // an update removes the row before it, even if the key is the same
  };
  // Why an event cannot be applied, or nothing.
  using Check = std::function<std::optional<std::string>(const KeyedEvent&)>;

  KeyedEvents(Options options, const client::Schema& schema);

  bool is_change() const { return is_change_; }
  // Of the key's columns: BIGINT where the topic says that it is a whole number, else VARCHAR.
  const std::vector<sql::ColumnType>& key_types() const { return key_types_; }

  Status open(sqlite::Database& database);
  // `events` outlive the use of events(), which are in the events' order.
  Result<std::vector<flow::Rejection>> compute(std::span<const sql::InputEvent> events,
                                               const Check& check = {});
  const std::vector<KeyedEvent>& events() const { return events_; }
  // As Fold's.
  Status for_each_touch(const TakeTouch& take) const;

  // Binds the key's columns from `first` on; returns the parameter after them. What is bound lives
  // until the next call.
  int bind_key(sqlite::Statement& statement, int first, const KeyedEvent& event);

 private:
  struct Row {
    std::vector<sql::Cell> key;
    std::vector<Value> values;
  };
  Status read(const sql::InputEvent& event);
  Status read_plain(const sql::InputEvent& event, std::string_view value);
  Status read_tombstone(const sql::InputEvent& event);
  Status read_change(const sql::InputEvent& event, std::string_view value);
  Status add(Row row, bool is_removal, std::string_view value, const sql::InputEvent& event);
  Result<Row> row_at(const sqlite::Statement& statement, int first) const;
  bool same_key(const Row& one, const Row& other) const;

  const Options options_;
  const bool is_change_;
  std::vector<sql::ColumnType> key_types_;
  sql::ChangeText change_text_;
  sqlite::Statement read_plain_;
  sqlite::Statement read_change_;
  const Check* check_ = nullptr;  // of the compute() that is going on
  std::vector<std::string> scratch_;
  std::vector<KeyedEvent> events_;
};

// '$."address"."zip"', as SQLite's JSON functions take a path, as an SQL literal.
std::string path_literal(const std::string& path);

// Whether `value` can be found in JSON at a path of this form.
bool is_path(const std::string& path);

// Faults of the columns that a view is to have: paths that are none, names that are taken or there
// twice, and a key that the declared columns do not have.
std::vector<Error> check_paths(const ViewSpec& spec, const std::vector<std::string>& key,
                               const std::vector<std::string>& others,
                               const std::vector<std::string>& taken);

}  // namespace daybook::views
