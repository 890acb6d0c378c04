#include "views/keyed/keyed_rows.h"

#include "views/cell_storage.h"

namespace daybook::views {
namespace {

constexpr const char* kPlace = "daybook_place_time, daybook_place_partition, daybook_place_offset";

}  // namespace

std::vector<ResultColumn> KeyedRows::key_columns(const KeyedEvents& events) const {
  std::vector<ResultColumn> columns;
  for (std::size_t i = 0; i < options_.key.size(); ++i) {
    columns.push_back({options_.key[i], to_text(events.key_types()[i]), true});
  }
  return columns;
}

std::string KeyedRows::quoted_key() const {
  std::string key;
  for (const auto& name : options_.key) key += (key.empty() ? "" : ", ") + sqlite::quoted(name);
  return key;
}

std::string KeyedRows::create_sql(const KeyedEvents& events) const {
  std::string declared;
  for (std::size_t i = 0; i < options_.key.size(); ++i) {
    declared += sqlite::quoted(options_.key[i]) + " " + declared_type(events.key_types()[i]) + ", ";
  }
  for (const auto& column : options_.columns) {
    declared += sqlite::quoted(column.name) + " " + column.type + ", ";
  }
  return "CREATE TABLE daybook_rows (daybook_id INTEGER PRIMARY KEY, " + declared +
         "daybook_place_time INTEGER, daybook_place_partition INTEGER, "
         "daybook_place_offset INTEGER);"
         "CREATE UNIQUE INDEX daybook_key ON daybook_rows (" +
         quoted_key() + ");";
}

Status KeyedRows::open(sqlite::Database& database) {
  std::string where;
  std::string names;
  std::string values;
  std::string sets;
  for (const auto& name : options_.key) {
    where += (where.empty() ? "" : " AND ") + sqlite::quoted(name) + " = ?";
    names += sqlite::quoted(name) + ", ";
    values += "?, ";
  }
  for (const auto& column : options_.columns) {
    names += sqlite::quoted(column.name) + ", ";
    values += column.put + ", ";
    sets += sqlite::quoted(column.name) + " = " + column.changed + ", ";
  }
  DAYBOOK_TRY(find_, database.prepare("SELECT daybook_id, " + std::string(kPlace) +
                                      " FROM daybook_rows WHERE " + where));
  DAYBOOK_TRY(insert_, database.prepare("INSERT INTO daybook_rows (" + names + kPlace +
                                        ") VALUES (" + values + "?, ?, ?)"));
  DAYBOOK_TRY(update_, database.prepare("UPDATE daybook_rows SET " + sets +
                                        "daybook_place_time = ?, daybook_place_partition = ?, "
                                        "daybook_place_offset = ? WHERE daybook_id = ?"));
  DAYBOOK_TRY(remove_, database.prepare("DELETE FROM daybook_rows WHERE daybook_id = ?"));
  return {};
}

Result<std::int64_t> KeyedRows::apply(KeyedEvents& events, const Bind& bind) {
  std::int64_t growth = 0;
  for (const auto& event : events.events()) {
    DAYBOOK_TRY(const auto grown, apply(events, event, bind));
    growth += grown;
  }
  return growth;
}

Result<std::int64_t> KeyedRows::apply(KeyedEvents& events, const KeyedEvent& event,
                                      const Bind& bind) {
  find_.reset();
  events.bind_key(find_, 0, event);
  DAYBOOK_TRY(const bool is_stored, find_.step());
  const auto id = is_stored ? find_.integer(0) : 0;
  const EventPlace place =
      is_stored ? EventPlace{find_.integer(1), find_.integer(2), find_.integer(3)} : EventPlace{};
  find_.reset();
  const bool is_late =
      is_stored && !events.is_change() && !options_.accumulates && event.place <= place;
  if (is_late || (event.is_removal && !is_stored)) return 0;
  if (event.is_removal) {
    remove_.bind(0, id);
    DAYBOOK_TRY_VOID(remove_.run());
    return -1;
  }
  auto& write = is_stored ? update_ : insert_;
  int at = is_stored ? 0 : events.bind_key(write, 0, event);
  at = bind(write, at, event);
  write.bind(at++, event.place.time_ms);
  write.bind(at++, event.place.partition);
  write.bind(at++, event.place.offset);
  if (is_stored) write.bind(at, id);
  DAYBOOK_TRY_VOID(write.run());
  return is_stored ? 0 : 1;
}

}  // namespace daybook::views
