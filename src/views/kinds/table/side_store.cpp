#include "views/kinds/table/side_store.h"

#include "views/cell_storage.h"

namespace daybook::views::table {

using sql::Cell;
using sql::SideQuery;

namespace {

// What decides between the rows of a group.
std::string places(SideQuery::Kind kind, const std::string& direction) {
  if (kind == SideQuery::Kind::kValues) return "value " + direction;
  const bool is_sorted = kind != SideQuery::Kind::kRows;
  return (is_sorted ? "sort " + direction + ", " : std::string()) + "time " + direction +
         ", partition " + direction + ", offset " + direction;
}

std::string put_sql(SideQuery::Kind kind, const std::string& table) {
  if (kind == SideQuery::Kind::kValues) {
    return "INSERT INTO " + table +
           " VALUES (?1, ?2, ?3) ON CONFLICT (id, value) DO UPDATE SET count = count + ?3";
  }
  const bool is_ordered = kind == SideQuery::Kind::kOrderedRows;
  return "INSERT OR REPLACE INTO " + table + " VALUES (?, ?, ?, ?, ?, ?" +
         (is_ordered ? ", ?)" : ")");
}

std::string remove_sql(SideQuery::Kind kind, const std::string& table) {
  return "DELETE FROM " + table +
         (kind == SideQuery::Kind::kValues ? " WHERE id = ? AND value = ? AND count = 0"
                                           : " WHERE id = ? AND key = ?");
}

std::string trim_sql(const SideQuery& side, const std::string& table) {
  return "DELETE FROM " + table +
         " WHERE id = ?1 AND (sort, time, partition, offset) IN (SELECT sort, time, partition, "
         "offset FROM " +
         table + " WHERE id = ?1 ORDER BY " + places(side.kind, side.from_end ? "DESC" : "ASC") +
         " LIMIT -1 OFFSET ?2)";
}

}  // namespace

Result<SideStore> SideStore::prepare(sqlite::Database& database, const SideQuery& side,
                                     std::size_t index) {
  SideStore store;
  store.kind_ = side.kind;
  store.type_ = side.type;
  store.bound_ = side.bound;
  const auto table = side_table(index);
  DAYBOOK_TRY(store.put_, database.prepare(put_sql(side.kind, table)));
  if (side.kind == SideQuery::Kind::kTopRows) {
    DAYBOOK_TRY(store.trim_, database.prepare(trim_sql(side, table)));
  } else {
    DAYBOOK_TRY(store.remove_, database.prepare(remove_sql(side.kind, table)));
  }
  const auto choose = [&](const std::string& direction) {
    return "SELECT value FROM " + table + " WHERE id = ?" +
           (side.kind == SideQuery::Kind::kValues ? " AND count > 0" : "") + " ORDER BY " +
           places(side.kind, direction) + " LIMIT ?";
  };
  DAYBOOK_TRY(store.lowest_, database.prepare(choose("ASC")));
  DAYBOOK_TRY(store.highest_, database.prepare(choose("DESC")));
  DAYBOOK_TRY(store.remove_group_, database.prepare("DELETE FROM " + table + " WHERE id = ?"));
  return store;
}

Status SideStore::add_value(std::int64_t group, const Cell& value, std::int64_t difference) {
  put_.bind(0, group);
  bind_ordered(put_, 1, type_, value, scratch_);
  put_.bind(2, difference);
  DAYBOOK_TRY_VOID(put_.run());
  if (difference > 0) return {};
  remove_.bind(0, group);
  bind_ordered(remove_, 1, type_, value, scratch_);
  return remove_.run();
}

Status SideStore::put_row(std::int64_t group, const std::string& key, const std::string& by,
                          const EventPlace& place, const Cell& value) {
  int next = 0;
  put_.bind(next++, group);
  put_.bind(next++, std::string_view(key));
  if (kind_ == SideQuery::Kind::kOrderedRows) put_.bind(next++, std::string_view(by));
  put_.bind(next++, place.time_ms);
  put_.bind(next++, place.partition);
  put_.bind(next++, place.offset);
  bind_ordered(put_, next, type_, value, scratch_);
  return put_.run();
}

Status SideStore::remove_row(std::int64_t group, const std::string& key) {
  remove_.bind(0, group);
  remove_.bind(1, std::string_view(key));
  return remove_.run();
}

Status SideStore::put_top(std::int64_t group, const std::string& by, const EventPlace& place,
                          const Cell& value) {
  put_.bind(0, group);
  put_.bind(1, std::string_view(by));
  put_.bind(2, place.time_ms);
  put_.bind(3, place.partition);
  put_.bind(4, place.offset);
  bind_ordered(put_, 5, type_, value, scratch_);
  return put_.run();
}

Status SideStore::trim(std::int64_t group) {
  trim_.bind(0, group);
  trim_.bind(1, static_cast<std::int64_t>(bound_));
  return trim_.run();
}

Status SideStore::choose(std::int64_t group, bool lowest, Cell& value) {
  DAYBOOK_TRY_VOID(choose(group, lowest, 1, chosen_));
  if (chosen_.empty()) {
    value.set_null();
  } else {
    value = chosen_.front();
  }
  return {};
}

Status SideStore::choose(std::int64_t group, bool lowest, int limit, std::vector<Cell>& values) {
  auto& statement = lowest ? lowest_ : highest_;
  statement.bind(0, group);
  statement.bind(1, static_cast<std::int64_t>(limit));
  values.clear();
  while (true) {
    DAYBOOK_TRY(const bool has_row, statement.step());
    if (!has_row) return {};
    DAYBOOK_TRY_VOID(load_ordered(statement, 0, type_, values.emplace_back()));
  }
}

Status SideStore::remove_group(std::int64_t group) {
  remove_group_.bind(0, group);
  return remove_group_.run();
}

}  // namespace daybook::views::table
