// Which rows have changed since they were published to the view's change topic: their keys, in the
// table daybook_changes of the version's file. A key is noted in the transaction that changes its
// row, and struck off when the topic has acknowledged the row that it then had. So whatever
// crashes, a row that the topic does not have is noted; one that is published twice is the same.
//
// daybook_publisher has the name under which this file's rows are published.
// daybook_publishing names the topic that they are the difference to. While it names none, nothing
// is noted, and everything counts as changed.
//
// Of the version's task; one thread.

#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sql/cell.h"
#include "views/key_columns.h"
#include "views/lineage/traced_fold.h"
#include "views/sqlite/database.h"

namespace daybook::views {

// Of a version that publishes nothing any more: what was noted is not the difference for long.
inline constexpr const char* kForgetChanges =
    "DROP TABLE IF EXISTS daybook_changes; DROP TABLE IF EXISTS daybook_publishing; "
    "DROP TABLE IF EXISTS daybook_publisher;";

class ChangeOutbox final : public TouchKeeper {
 public:
  struct Change {
    std::string key;                       // as JSON
    std::vector<std::vector<Value>> rows;  // as they are now
  };

  explicit ChangeOutbox(KeyColumns key) : key_(std::move(key)) {}

  // Any version's file can have it: open() makes what is missing.
  std::string fingerprint() const override { return ""; }
  Status create(sqlite::Database&) override { return {}; }
  Status open(sqlite::Database& database) override;
  Status note(const std::vector<sql::Cell>& key, const EventPlace& place) override;
  Status settle() override { return {}; }

  // The topic that is followed, or nothing.
  const std::string& topic() const { return topic_; }
  // A name that no other file has, as long as it lives.
  const std::string& publisher() const { return publisher_; }

  // In one transaction: from now on `topic` is followed, and every key of the view is noted, and
  // those that `each_key` calls with: the topic's own, as JSON. kInvalid if one is none of this
  // view's.
  using TakeKey = std::function<Status(std::string_view)>;
  using EachKey = std::function<Status(const TakeKey&)>;
  Status follow(const std::string& topic, const EachKey& each_key);
  Status leave();

  // At most `limit` of those that were noted.
  Result<std::vector<Change>> pending(std::size_t limit);
  Status strike(std::span<const Change> published);

 private:
  Status put(std::span<const sql::Cell> key);
  Status note_all(const std::string& topic, const EachKey& each_key);
  Result<std::vector<std::vector<Value>>> find(std::span<const sql::Cell> key);

  const KeyColumns key_;
  sqlite::Database* database_ = nullptr;
  sqlite::Statement put_;
  sqlite::Statement put_gone_;
  sqlite::Statement pending_;
  sqlite::Statement find_;
  sqlite::Statement strike_;
  std::string topic_;
  std::string publisher_;
  std::vector<std::string> scratch_;
};

}  // namespace daybook::views
