#include "views/kinds/table/table_rows.h"

#include <algorithm>
#include <limits>

#include "views/cell_storage.h"
#include "views/view_file.h"

namespace daybook::views::table {
namespace {

constexpr std::size_t kForgottenAtOnce = 10'000;
constexpr int kFirstWithKeysAsIds = 3;  // of the formats
// From here on numbers are ids. Below are the ids of groups whose key is none.
constexpr std::int64_t kLeastKey = std::numeric_limits<std::int64_t>::min() / 2;

}  // namespace

Result<TableRows> TableRows::prepare(sqlite::Database& database, const TableLayout& layout) {
  TableRows rows;
  rows.layout_ = &layout;
  rows.scratch_.resize(layout.columns.size() + 1);
  DAYBOOK_TRY_VOID(rows.prepare_ids(database));
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

Status TableRows::prepare_ids(sqlite::Database& database) {
  DAYBOOK_TRY(const auto format, read_format(database));
  has_keys_as_ids_ = format >= kFirstWithKeysAsIds && layout_->has_counted_key();
  if (has_keys_as_ids_) {
    DAYBOOK_TRY(find_by_id_, database.prepare(layout_->find_by_id_sql()));
  }
  DAYBOOK_TRY(last_id_,
              database.prepare(has_keys_as_ids_ ? "SELECT min(daybook_id) FROM daybook_rows"
                                                : "SELECT max(daybook_id) FROM daybook_rows"));
  return {};
}

Status TableRows::begin() {
  growth_ = 0;
  DAYBOOK_TRY(const bool has_row, last_id_.step());
  const auto last = has_row ? last_id_.integer(0) : 0;
  last_id_.reset();
  next_id_ = has_keys_as_ids_ ? std::min(last, kLeastKey) - 1 : last + 1;
  return {};
}

bool TableRows::is_id(const sql::Cell& key) const {
  return has_keys_as_ids_ && !key.is_null() && key.integer >= kLeastKey &&
         key.integer <= std::numeric_limits<std::int64_t>::max();
}

void TableRows::bind_key(const std::vector<sql::Cell>& key, const std::vector<int>& sources) {
  for (std::size_t i = 0; i < layout_->groups.size(); ++i) {
    const auto column = static_cast<std::size_t>(layout_->groups[i]);
    bind_shown(find_, static_cast<int>(i), layout_->columns[column].type,
               key[static_cast<std::size_t>(sources[i])], scratch_[i]);
  }
}

Status TableRows::find(const std::vector<sql::Cell>& key, const std::vector<int>& sources,
                       Group& group) {
  const auto& columns = layout_->columns;
  const auto& first = key[static_cast<std::size_t>(sources[0])];
  const bool has_id = is_id(first);
  auto& find = has_id ? find_by_id_ : find_;
  if (has_id) {
    group.id = static_cast<std::int64_t>(first.integer);
    find.bind(0, group.id);
  } else {
    bind_key(key, sources);
  }
  group.row.resize(columns.size());
  DAYBOOK_TRY(group.is_stored, find.step());
  if (!group.is_stored) {
    if (!has_id) group.id = has_keys_as_ids_ ? next_id_-- : next_id_++;
    group.was_visible = false;
    for (auto& cell : group.row) cell.set_null();
    for (std::size_t i = 0; i < layout_->groups.size(); ++i) {
      group.row[static_cast<std::size_t>(layout_->groups[i])] =
          key[static_cast<std::size_t>(sources[i])];
    }
    return {};
  }
  group.id = find.integer(0);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    DAYBOOK_TRY_VOID(load_shown(find, static_cast<int>(i) + 1, columns[i].type, group.row[i]));
  }
  find.reset();
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
