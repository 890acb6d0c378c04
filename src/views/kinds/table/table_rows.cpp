#include "views/kinds/table/table_rows.h"

#include "views/cell_storage.h"

namespace daybook::views::table {

Result<TableRows> TableRows::prepare(sqlite::Database& database, const TableLayout& layout) {
  TableRows rows;
  rows.layout_ = &layout;
  rows.scratch_.resize(layout.columns.size() + 1);
  DAYBOOK_TRY(rows.highest_,
              database.prepare("SELECT coalesce(max(daybook_id), 0) FROM daybook_rows"));
  DAYBOOK_TRY(rows.find_, database.prepare(layout.find_sql()));
  DAYBOOK_TRY(rows.insert_, database.prepare(layout.insert_sql()));
  DAYBOOK_TRY(rows.update_, database.prepare(layout.update_sql()));
  DAYBOOK_TRY(rows.delete_, database.prepare("DELETE FROM daybook_rows WHERE daybook_id = ?"));
  return rows;
}

Status TableRows::begin() {
  growth_ = 0;
  DAYBOOK_TRY(const bool has_row, highest_.step());
  next_id_ = (has_row ? highest_.integer(0) : 0) + 1;
  highest_.reset();
  return {};
}

Status TableRows::find(const std::vector<sql::Cell>& key, const std::vector<int>& sources,
                       Group& group) {
  const auto& columns = layout_->columns;
  for (std::size_t i = 0; i < layout_->groups.size(); ++i) {
    const auto column = static_cast<std::size_t>(layout_->groups[i]);
    bind_shown(find_, static_cast<int>(i), columns[column].type,
               key[static_cast<std::size_t>(sources[i])], scratch_[i]);
  }
  group.row.resize(columns.size());
  DAYBOOK_TRY(group.is_stored, find_.step());
  if (!group.is_stored) {
    group.id = next_id_++;
    group.was_visible = false;
    for (auto& cell : group.row) cell.set_null();
    for (std::size_t i = 0; i < layout_->groups.size(); ++i) {
      group.row[static_cast<std::size_t>(layout_->groups[i])] =
          key[static_cast<std::size_t>(sources[i])];
    }
    return {};
  }
  group.id = find_.integer(0);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    DAYBOOK_TRY_VOID(load_shown(find_, static_cast<int>(i) + 1, columns[i].type, group.row[i]));
  }
  find_.reset();
  group.was_visible = is_visible(group);
  return {};
}

Status TableRows::write(const Group& group) {
  growth_ += static_cast<int>(is_visible(group)) - static_cast<int>(group.was_visible);
  const auto columns = static_cast<int>(layout_->columns.size());
  if (group.is_stored) {
    bind_row(update_, 0, group);
    update_.bind(columns, group.id);
    return update_.run();
  }
  insert_.bind(0, group.id);
  bind_row(insert_, 1, group);
  return insert_.run();
}

Status TableRows::remove(const Group& group) {
  if (!group.is_stored) return {};
  growth_ -= static_cast<int>(group.was_visible);
  delete_.bind(0, group.id);
  return delete_.run();
}

bool TableRows::is_visible(const Group& group) const {
  if (layout_->rows == sql::kNone) return true;
  const auto& rows = group.row[static_cast<std::size_t>(layout_->rows)];
  return !rows.is_null() && rows.integer > 0;
}

void TableRows::bind_row(sqlite::Statement& statement, int first, const Group& group) {
  for (std::size_t i = 0; i < group.row.size(); ++i) {
    bind_shown(statement, first + static_cast<int>(i), layout_->columns[i].type, group.row[i],
               scratch_[i]);
  }
}

}  // namespace daybook::views::table
