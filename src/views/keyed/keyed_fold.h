// A table with one row per key whose columns are taken from the events' JSON: what kinds like
// `search` and `graph` keep, each with indexes of its own over it.
//
// The table is that of views/keyed/keyed_rows.h; the indexes are made, and kept by triggers, in the
// kind's SQL.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "views/fold.h"
#include "views/keyed/keyed_events.h"
#include "views/keyed/keyed_rows.h"

namespace daybook::views {

struct KeyedField {
  std::string name;                                   // of the column
  std::string path;                                   // where its value is in the row
  std::optional<std::string> literal = std::nullopt;  // the value itself, instead
  std::string type = "";                              // that the column is declared as, in SQLite
  bool is_required = false;                           // an event without it is rejected
};

struct KeyedTable {
  std::string kind;  // with the version of what it makes: a new one is built anew
  std::vector<std::string> key;
  std::vector<KeyedField> fields;
  std::string more_sql;  // made once, after daybook_rows
};

class KeyedFold final : public Fold {
 public:
  KeyedFold(KeyedTable table, std::string view, const client::Schema& schema);

  const std::string& fingerprint() const override { return fingerprint_; }
  std::vector<ResultColumn> columns() const override;
  Status trace() override { return {}; }
  Status for_each_touch(const TakeTouch& take) override { return events_.for_each_touch(take); }
  Status create(sqlite::Database& database) override;
  Status open(sqlite::Database& database) override;
  Result<std::vector<flow::Rejection>> compute(std::span<const sql::InputEvent> events) override;
  Result<std::int64_t> apply() override;

 private:
  int bind_fields(sqlite::Statement& statement, int at, const KeyedEvent& event) const;
  std::optional<std::string> missing_field(const KeyedEvent& event) const;

  const KeyedTable table_;
  const std::string view_;
  KeyedEvents events_;
  KeyedRows rows_;
  std::string fingerprint_;
};

}  // namespace daybook::views
