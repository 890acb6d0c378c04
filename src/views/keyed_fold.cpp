#include "views/keyed_fold.h"

#include <nlohmann/json.hpp>

#include "views/cell_storage.h"
#include "views/sqlite/values.h"

namespace daybook::views {
namespace {

constexpr const char* kPlace = "daybook_place_time, daybook_place_partition, daybook_place_offset";

std::vector<std::string> paths_of(const KeyedTable& table) {
  std::vector<std::string> paths;
  for (const auto& field : table.fields) {
    if (!field.literal) paths.push_back(field.path);
  }
  return paths;
}

}  // namespace

KeyedFold::KeyedFold(KeyedTable table, std::string view, const client::Schema& schema)
    : table_(std::move(table)),
      view_(std::move(view)),
      events_({.key = table_.key, .fields = paths_of(table_)}, schema) {
  nlohmann::json definition = {table_.kind, events_.is_change(), table_.more_sql};
  for (std::size_t i = 0; i < table_.key.size(); ++i) {
    definition.push_back({table_.key[i], to_text(events_.key_types()[i])});
  }
  for (const auto& field : table_.fields) {
    definition.push_back({field.name, field.path, field.literal.value_or("")});
  }
  fingerprint_ = definition.dump();
}

std::vector<ResultColumn> KeyedFold::columns() const {
  std::vector<ResultColumn> columns;
  for (std::size_t i = 0; i < table_.key.size(); ++i) {
    columns.push_back({table_.key[i], to_text(events_.key_types()[i]), true});
  }
  for (const auto& field : table_.fields) {
    columns.push_back({field.name, field.type == "TEXT" ? "VARCHAR" : "", false});
  }
  return columns;
}

Status KeyedFold::create(sqlite::Database& database) {
  std::string declared;
  std::string key;
  for (std::size_t i = 0; i < table_.key.size(); ++i) {
    const auto name = sqlite::quoted(table_.key[i]);
    declared += name + " " + declared_type(events_.key_types()[i]) + ", ";
    key += (i == 0 ? "" : ", ") + name;
  }
  std::string shown = key;
  for (const auto& field : table_.fields) {
    declared += sqlite::quoted(field.name) + " " + field.type + ", ";
    shown += ", " + sqlite::quoted(field.name);
  }
  return database.execute("CREATE TABLE daybook_rows (daybook_id INTEGER PRIMARY KEY, " + declared +
                          "daybook_place_time INTEGER, daybook_place_partition INTEGER, "
                          "daybook_place_offset INTEGER);"
                          "CREATE UNIQUE INDEX daybook_key ON daybook_rows (" +
                          key + ");CREATE VIEW " + sqlite::quoted(view_) + " AS SELECT " + shown +
                          " FROM daybook_rows;" + table_.more_sql);
}

Status KeyedFold::open(sqlite::Database& database) {
  std::string where;
  std::string names;
  std::string marks;
  std::string sets;
  for (const auto& path : table_.key) {
    where += (where.empty() ? "" : " AND ") + sqlite::quoted(path) + " = ?";
    names += sqlite::quoted(path) + ", ";
    marks += "?, ";
  }
  for (const auto& field : table_.fields) {
    names += sqlite::quoted(field.name) + ", ";
    marks += "?, ";
    sets += sqlite::quoted(field.name) + " = ?, ";
  }
  DAYBOOK_TRY_VOID(events_.open(database));
  DAYBOOK_TRY(find_, database.prepare("SELECT daybook_id, " + std::string(kPlace) +
                                      " FROM daybook_rows WHERE " + where));
  DAYBOOK_TRY(insert_, database.prepare("INSERT INTO daybook_rows (" + names + kPlace +
                                        ") VALUES (" + marks + "?, ?, ?)"));
  DAYBOOK_TRY(update_, database.prepare("UPDATE daybook_rows SET " + sets +
                                        "daybook_place_time = ?, daybook_place_partition = ?, "
                                        "daybook_place_offset = ? WHERE daybook_id = ?"));
  DAYBOOK_TRY(remove_, database.prepare("DELETE FROM daybook_rows WHERE daybook_id = ?"));
  return {};
}

Result<std::vector<flow::Rejection>> KeyedFold::compute(std::span<const sql::InputEvent> events) {
  return events_.compute(events, [this](const KeyedEvent& event) { return missing_field(event); });
}

std::optional<std::string> KeyedFold::missing_field(const KeyedEvent& event) const {
  std::size_t value = 0;
  for (const auto& field : table_.fields) {
    if (field.literal) continue;
    const bool is_null = std::holds_alternative<std::monostate>(event.values[value++]);
    if (field.is_required && is_null) return field.name + ": " + field.path + " is missing or null";
  }
  return std::nullopt;
}

Result<std::int64_t> KeyedFold::apply() {
  std::int64_t growth = 0;
  for (const auto& event : events_.events()) {
    DAYBOOK_TRY(const auto grown, apply(event));
    growth += grown;
  }
  return growth;
}

Result<std::int64_t> KeyedFold::apply(const KeyedEvent& event) {
  find_.reset();
  events_.bind_key(find_, 0, event);
  DAYBOOK_TRY(const bool is_stored, find_.step());
  const auto id = is_stored ? find_.integer(0) : 0;
  const EventPlace place =
      is_stored ? EventPlace{find_.integer(1), find_.integer(2), find_.integer(3)} : EventPlace{};
  find_.reset();
  // Between partitions the order of time decides.
  const bool is_late = is_stored && !events_.is_change() && event.place <= place;
  if (is_late || (event.is_removal && !is_stored)) return 0;
  if (event.is_removal) {
    remove_.bind(0, id);
    DAYBOOK_TRY_VOID(remove_.run());
    return -1;
  }
  auto& write = is_stored ? update_ : insert_;
  int at = is_stored ? 0 : events_.bind_key(write, 0, event);
  at = bind_fields(write, at, event);
  write.bind(at++, event.place.time_ms);
  write.bind(at++, event.place.partition);
  write.bind(at++, event.place.offset);
  if (is_stored) write.bind(at, id);
  DAYBOOK_TRY_VOID(write.run());
  return is_stored ? 0 : 1;
}

int KeyedFold::bind_fields(sqlite::Statement& statement, int at, const KeyedEvent& event) const {
  std::size_t value = 0;
  for (const auto& field : table_.fields) {
    if (field.literal) {
      statement.bind(at++, std::string_view(*field.literal));
    } else {
      sqlite::bind_value(statement, at++, event.values[value++]);
    }
  }
  return at;
}

}  // namespace daybook::views
