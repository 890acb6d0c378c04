#include "views/changes/change_outbox.h"

#include "views/sqlite/values.h"

namespace daybook::views {
namespace {

constexpr const char* kForget = "DELETE FROM daybook_changes; DELETE FROM daybook_publishing;";

// All or nothing.
template <class Work>
Status in_transaction(sqlite::Database& database, const Work& work) {
  DAYBOOK_TRY_VOID(database.execute("BEGIN IMMEDIATE"));
  Status done = work();
  if (done) done = database.execute("COMMIT");
  if (!done) (void)database.execute("ROLLBACK");
  return done;
}

// Columns k0, k1, … hold the key as the rows do; what a topic alone has is known by its text.
std::string key_columns(std::size_t count) {
  std::string columns;
  for (std::size_t i = 0; i < count; ++i) columns += "k" + std::to_string(i) + ", ";
  return columns;
}

}  // namespace

Status ChangeOutbox::open(sqlite::Database& database) {
  database_ = &database;
  const auto columns = key_columns(key_.size());
  DAYBOOK_TRY_VOID(database.execute("CREATE TABLE IF NOT EXISTS daybook_changes (" + columns +
                                    "key TEXT PRIMARY KEY, gone INTEGER);"
                                    "CREATE TABLE IF NOT EXISTS daybook_publishing (topic TEXT);"
                                    "CREATE TABLE IF NOT EXISTS daybook_publisher (name TEXT);"
                                    "INSERT INTO daybook_publisher SELECT "
                                    "lower(hex(randomblob(16))) WHERE NOT EXISTS (SELECT 1 FROM "
                                    "daybook_publisher);"));
  std::string places;
  for (std::size_t i = 0; i < key_.size(); ++i) places += "?, ";
  DAYBOOK_TRY(put_, database.prepare("INSERT OR REPLACE INTO daybook_changes (" + columns +
                                     "key, gone) VALUES (" + places + "?, 0)"));
  DAYBOOK_TRY(put_gone_,
              database.prepare("INSERT OR IGNORE INTO daybook_changes (key, gone) VALUES (?, 1)"));
  DAYBOOK_TRY(pending_, database.prepare("SELECT " + columns +
                                         "key, gone FROM daybook_changes ORDER BY key LIMIT ?"));
  DAYBOOK_TRY(find_, database.prepare(key_.select_sql()));
  DAYBOOK_TRY(strike_, database.prepare("DELETE FROM daybook_changes WHERE key = ?"));
  DAYBOOK_TRY(auto publishing, database.prepare("SELECT topic FROM daybook_publishing"));
  DAYBOOK_TRY(const bool is_following, publishing.step());
  topic_ = is_following ? std::string(publishing.text(0)) : "";
  DAYBOOK_TRY(auto publisher, database.prepare("SELECT name FROM daybook_publisher"));
  DAYBOOK_TRY_VOID(publisher.step());
  publisher_ = publisher.text(0);
  return {};
}

Status ChangeOutbox::note(const std::vector<sql::Cell>& key, const EventPlace&) {
  return topic_.empty() ? Status() : put(key);
}

Status ChangeOutbox::put(std::span<const sql::Cell> key) {
  const auto text = key_.to_json(key);
  key_.bind(put_, key, scratch_);
  put_.bind(static_cast<int>(key_.size()), std::string_view(text));
  return put_.run();
}

Status ChangeOutbox::follow(const std::string& topic, const EachKey& each_key) {
  auto noted = in_transaction(*database_, [&] { return note_all(topic, each_key); });
  if (noted) topic_ = topic;
  return noted;
}

// Those that the view has take the place of those that only the topic is known to have.
Status ChangeOutbox::note_all(const std::string& topic, const EachKey& each_key) {
  DAYBOOK_TRY_VOID(database_->execute(kForget));
  DAYBOOK_TRY_VOID(each_key([&](std::string_view key) -> Status {
    if (!key_.is_key(key)) {
      return fail(ErrorCode::kInvalid,
                  "topic " + topic + " has an event with the key " + std::string(key) +
                      ", which is no key of the view: a change topic must be the view's own");
    }
    put_gone_.bind(0, key);
    return put_gone_.run();
  }));
  DAYBOOK_TRY(auto rows, database_->prepare(key_.select_keys_sql()));
  std::vector<sql::Cell> cells;
  while (true) {
    DAYBOOK_TRY(const bool has_row, rows.step());
    if (!has_row) break;
    DAYBOOK_TRY_VOID(key_.load(rows, cells));
    DAYBOOK_TRY_VOID(put(cells));
  }
  DAYBOOK_TRY(auto publishing, database_->prepare("INSERT INTO daybook_publishing VALUES (?)"));
  publishing.bind(0, std::string_view(topic));
  return publishing.run();
}

Status ChangeOutbox::leave() {
  if (topic_.empty()) return {};
  auto left = in_transaction(*database_, [&] { return database_->execute(kForget); });
  if (left) topic_.clear();
  return left;
}

Result<std::vector<ChangeOutbox::Change>> ChangeOutbox::pending(std::size_t limit) {
  const auto key_at = static_cast<int>(key_.size());
  std::vector<Change> changes;
  std::vector<sql::Cell> key;
  pending_.bind(0, static_cast<std::int64_t>(limit));
  while (true) {
    DAYBOOK_TRY(const bool has_row, pending_.step());
    if (!has_row) return changes;
    auto& change = changes.emplace_back();
    change.key = pending_.text(key_at);
    if (pending_.integer(key_at + 1) != 0) continue;
    DAYBOOK_TRY_VOID(key_.load(pending_, key));
    DAYBOOK_TRY(change.rows, find(key));
  }
}

Result<std::vector<std::vector<Value>>> ChangeOutbox::find(std::span<const sql::Cell> key) {
  key_.bind(find_, key, scratch_);
  std::vector<std::vector<Value>> rows;
  while (true) {
    DAYBOOK_TRY(const bool has_row, find_.step());
    if (!has_row) return rows;
    auto& row = rows.emplace_back();
    for (int i = 0; i < find_.column_count(); ++i) row.push_back(sqlite::value_of(find_, i));
  }
}

Status ChangeOutbox::strike(std::span<const Change> published) {
  return in_transaction(*database_, [&]() -> Status {
    for (const auto& change : published) {
      strike_.bind(0, std::string_view(change.key));
      DAYBOOK_TRY_VOID(strike_.run());
    }
    return {};
  });
}

}  // namespace daybook::views
