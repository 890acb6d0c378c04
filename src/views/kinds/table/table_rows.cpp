#include "views/kinds/table/table_rows.h"

#include "views/cell_storage.h"

namespace daybook::views::table {

constexpr std::size_t kForgottenAtOnce = 10'000;

Result<TableRows> TableRows::prepare(sqlite::Database& database, const TableLayout& layout) {
  TableRows rows;
  rows.layout_ = &layout;
  rows.scratch_.resize(layout.columns.size() + 1);
  DAYBOOK_TRY(rows.highest_,
              database.prepare("SELECT coalesce(max(daybook_id), 0) FROM daybook_rows"));
  DAYBOOK_TRY(rows.find_, database.prepare(layout.find_sql()));
  DAYBOOK_TRY(rows.insert_, database.prepare(layout.insert_sql()));
  for (std::size_t i = 0; i < layout.columns.size(); ++i) {
    if (!layout.is_group(i)) rows.updated_.push_back(i);
  }
  if (!rows.updated_.empty()) {
    DAYBOOK_TRY(rows.update_, database.prepare(layout.update_sql()));
  }
  DAYBOOK_TRY(rows.delete_, database.prepare("DELETE FROM daybook_rows WHERE daybook_id = ?"));
  if (layout.age != sql::kNone) {
    const auto& age = layout.columns[static_cast<std::size_t>(layout.age)].name;
    DAYBOOK_TRY(rows.older_, database.prepare("SELECT daybook_id, " + layout.is_shown_sql() +
                                              " FROM daybook_rows WHERE " + sqlite::quoted(age) +
                                              " < ? LIMIT " + std::to_string(kForgottenAtOnce)));
  }
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
  if (!group.is_stored) {
    insert_.bind(0, group.id);
    for (std::size_t i = 0; i < group.row.size(); ++i) {
      bind_column(insert_, static_cast<int>(i) + 1, i, group);
    }
    return insert_.run();
  }
  if (updated_.empty()) return {};  // all that it has is its key
  int parameter = 0;
  for (const auto column : updated_) bind_column(update_, parameter++, column, group);
  update_.bind(parameter, group.id);
  return update_.run();
}

Status TableRows::remove(const Group& group) {
  if (!group.is_stored) return {};
  growth_ -= static_cast<int>(group.was_visible);
  delete_.bind(0, group.id);
  return delete_.run();
}

// What is found is remembered before anything is removed, a bounded number of rows at a time.
Status TableRows::remove_older(const sql::Cell& oldest,
                               const std::function<Status(std::int64_t)>& removed) {
  const auto type = layout_->columns[static_cast<std::size_t>(layout_->age)].type;
  std::vector<std::int64_t> ids;
  do {
    ids.clear();
    bind_shown(older_, 0, type, oldest, scratch_[0]);
    while (true) {
      DAYBOOK_TRY(const bool has_row, older_.step());
      if (!has_row) break;
      ids.push_back(older_.integer(0));
      growth_ -= older_.integer(1);
    }
    for (const auto id : ids) {
      delete_.bind(0, id);
      DAYBOOK_TRY_VOID(delete_.run());
      DAYBOOK_TRY_VOID(removed(id));
    }
  } while (ids.size() == kForgottenAtOnce);
  return {};
}

bool TableRows::is_visible(const Group& group) const {
  const auto is_positive = [&](int column) {
    if (column == sql::kNone) return true;
    const auto& cell = group.row[static_cast<std::size_t>(column)];
    return !cell.is_null() && cell.integer > 0;
  };
  return is_positive(layout_->rows) && is_positive(layout_->passes);
}

void TableRows::bind_column(sqlite::Statement& statement, int parameter, std::size_t column,
                            const Group& group) {
  bind_shown(statement, parameter, layout_->columns[column].type, group.row[column],
             scratch_[column]);
}

}  // namespace daybook::views::table
