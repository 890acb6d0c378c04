#include "views/kinds/table/side_store.h"

#include "views/cell_storage.h"

namespace daybook::views::table {

using sql::Cell;
using sql::SideQuery;

Result<SideStore> SideStore::prepare(sqlite::Database& database, const SideQuery& side,
                                     std::size_t index) {
  SideStore store;
  store.kind_ = side.kind;
  store.type_ = side.type;
  const auto table = side_table(index);
  const bool values = !side.has_rows();
  const bool ordered = side.kind == SideQuery::Kind::kOrderedRows;
  DAYBOOK_TRY(store.put_, database.prepare(
                              values ? "INSERT INTO " + table +
                                           " VALUES (?1, ?2, ?3) ON CONFLICT (id, value) DO "
                                           "UPDATE SET count = count + ?3"
                                     : "INSERT OR REPLACE INTO " + table + " VALUES (?, ?, ?, ?, " +
                                           (ordered ? "?, " : "") + "?, ?)"));
  DAYBOOK_TRY(store.remove_, database.prepare("DELETE FROM " + table +
                                              (values ? " WHERE id = ? AND value = ? AND count = 0"
                                                      : " WHERE id = ? AND key = ?")));
  const auto choose = [&](const std::string& direction) {
    const auto sort = (ordered ? "sort " + direction + ", " : std::string());
    return "SELECT value FROM " + table +
           (values ? " WHERE id = ? AND count > 0 ORDER BY value " + direction
                   : " WHERE id = ? ORDER BY " + sort + "time " + direction + ", partition " +
                         direction + ", offset " + direction) +
           " LIMIT 1";
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

Status SideStore::choose(std::int64_t group, bool lowest, Cell& value) {
  auto& statement = lowest ? lowest_ : highest_;
  statement.bind(0, group);
  DAYBOOK_TRY(const bool has_row, statement.step());
  if (!has_row) {
    value.set_null();
    return {};
  }
  DAYBOOK_TRY_VOID(load_ordered(statement, 0, type_, value));
  statement.reset();
  return {};
}

Status SideStore::remove_group(std::int64_t group) {
  remove_group_.bind(0, group);
  return remove_group_.run();
}

}  // namespace daybook::views::table
