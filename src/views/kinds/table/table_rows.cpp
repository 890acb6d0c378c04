#include "views/kinds/table/table_rows.h"

#include <algorithm>
#include <limits>

#include "views/cell_storage.h"
#include "views/view_file.h"

namespace daybook::views::table {
namespace {

constexpr std::size_t kForgottenAtOnce = 10'000;
constexpr int kFirstWithKeysAsIds = 3;          // of the formats
constexpr std::size_t kMaxParameters = 32'766;  // SQLite's; of columns it takes 2,000
// From here on numbers are ids. Below are the ids of groups whose key is none.
constexpr std::int64_t kLeastKey = std::numeric_limits<std::int64_t>::min() / 2;

}  // namespace

Result<TableRows> TableRows::prepare(sqlite::Database& database, const TableLayout& layout,
                                     std::size_t at_once) {
  TableRows rows;
  rows.layout_ = &layout;
  const auto width = layout.columns.size() + 1;
  rows.at_once_ = std::min(at_once, kMaxParameters / width);
  rows.scratch_.resize(rows.at_once_ * width);
  DAYBOOK_TRY_VOID(rows.prepare_ids(database));
  DAYBOOK_TRY(rows.find_, database.prepare(layout.find_sql()));
  DAYBOOK_TRY(rows.insert_, database.prepare(layout.insert_sql()));
  for (std::size_t i = 0; i < layout.columns.size(); ++i) {
    if (!layout.is_group(i)) rows.updated_.push_back(i);
  }
  if (!rows.updated_.empty()) {
    DAYBOOK_TRY(rows.update_, database.prepare(layout.update_sql()));
  }
  DAYBOOK_TRY(rows.find_many_,
              database.prepare(layout.find_many_sql(rows.at_once_, rows.has_keys_as_ids_)));
  DAYBOOK_TRY(rows.write_many_, database.prepare(layout.write_many_sql(rows.at_once_)));
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

void TableRows::bind_key(sqlite::Statement& statement, int parameter, const Key& key,
                         const std::vector<int>& sources) {
  for (std::size_t i = 0; i < layout_->groups.size(); ++i, ++parameter) {
    const auto column = static_cast<std::size_t>(layout_->groups[i]);
    bind_shown(statement, parameter, layout_->columns[column].type,
               key[static_cast<std::size_t>(sources[i])],
               scratch_[static_cast<std::size_t>(parameter)]);
  }
}

Status TableRows::find(const Key& key, const std::vector<int>& sources, Group& group) {
  const auto& first = key[static_cast<std::size_t>(sources[0])];
  const bool has_id = is_id(first);
  auto& find = has_id ? find_by_id_ : find_;
  if (has_id) {
    find.bind(0, static_cast<std::int64_t>(first.integer));
  } else {
    bind_key(find, 0, key, sources);
  }
  DAYBOOK_TRY(group.is_stored, find.step());
  if (!group.is_stored) {
    begin_group(key, sources, group);
    return {};
  }
  DAYBOOK_TRY_VOID(load(find, 0, group));
  find.reset();
  return {};
}

Status TableRows::find(std::span<const Key> keys, const std::vector<int>& sources,
                       std::span<Group> groups) {
  std::size_t done = 0;
  for (; keys.size() - done >= at_once_; done += at_once_) {
    DAYBOOK_TRY_VOID(find_at_once(keys.subspan(done, at_once_), sources, groups.subspan(done)));
  }
  for (; done < keys.size(); ++done) DAYBOOK_TRY_VOID(find(keys[done], sources, groups[done]));
  return {};
}

Status TableRows::find_at_once(std::span<const Key> keys, const std::vector<int>& sources,
                               std::span<Group> groups) {
  const auto key_at = static_cast<std::size_t>(sources[0]);
  const bool have_ids =
      std::ranges::all_of(keys, [&](const Key& key) { return is_id(key[key_at]); });
  if (has_keys_as_ids_ && !have_ids) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      DAYBOOK_TRY_VOID(find(keys[i], sources, groups[i]));
    }
    return {};
  }
  int parameter = 0;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    groups[i].is_stored = false;
    if (have_ids) {
      find_many_.bind(parameter++, static_cast<std::int64_t>(keys[i][key_at].integer));
    } else {
      bind_key(find_many_, parameter, keys[i], sources);
      parameter += static_cast<int>(layout_->groups.size());
    }
  }
  while (true) {
    DAYBOOK_TRY(const bool has_row, find_many_.step());
    if (!has_row) break;
    auto& group = groups[static_cast<std::size_t>(find_many_.integer(0))];
    group.is_stored = true;
    DAYBOOK_TRY_VOID(load(find_many_, 1, group));
  }
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!groups[i].is_stored) begin_group(keys[i], sources, groups[i]);
  }
  return {};
}

// A row of the statement, from the column of its id on.
Status TableRows::load(const sqlite::Statement& statement, int column, Group& group) const {
  const auto& columns = layout_->columns;
  group.id = statement.integer(column++);
  group.row.resize(columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    DAYBOOK_TRY_VOID(load_shown(statement, column++, columns[i].type, group.row[i]));
  }
  group.was_visible = is_visible(group);
  return {};
}

void TableRows::begin_group(const Key& key, const std::vector<int>& sources, Group& group) {
  const auto& first = key[static_cast<std::size_t>(sources[0])];
  if (is_id(first)) {
    group.id = static_cast<std::int64_t>(first.integer);
  } else {
    group.id = has_keys_as_ids_ ? next_id_-- : next_id_++;
  }
  group.was_visible = false;
  group.row.resize(layout_->columns.size());
  for (auto& cell : group.row) cell.set_null();
  for (std::size_t i = 0; i < layout_->groups.size(); ++i) {
    group.row[static_cast<std::size_t>(layout_->groups[i])] =
        key[static_cast<std::size_t>(sources[i])];
  }
}

Status TableRows::write(const Group& group) {
  count(group);
  if (!group.is_stored) {
    bind_row(insert_, 0, group);
    return insert_.run();
  }
  if (updated_.empty()) return {};  // all that it has is its key
  int parameter = 0;
  for (const auto column : updated_) bind_column(update_, parameter++, column, group);
  update_.bind(parameter, group.id);
  return update_.run();
}

Status TableRows::write(std::span<Group* const> groups) {
  const auto width = static_cast<int>(layout_->columns.size()) + 1;
  for (; groups.size() >= at_once_; groups = groups.subspan(at_once_)) {
    int parameter = 0;
    for (const auto* group : groups.first(at_once_)) {
      count(*group);
      bind_row(write_many_, parameter, *group);
      parameter += width;
    }
    DAYBOOK_TRY_VOID(write_many_.run());
  }
  for (const auto* group : groups) DAYBOOK_TRY_VOID(write(*group));
  return {};
}

void TableRows::count(const Group& group) {
  growth_ += static_cast<int>(is_visible(group)) - static_cast<int>(group.was_visible);
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

void TableRows::bind_row(sqlite::Statement& statement, int parameter, const Group& group) {
  statement.bind(parameter, group.id);
  for (std::size_t i = 0; i < group.row.size(); ++i) bind_column(statement, ++parameter, i, group);
}

void TableRows::bind_column(sqlite::Statement& statement, int parameter, std::size_t column,
                            const Group& group) {
  bind_shown(statement, parameter, layout_->columns[column].type, group.row[column],
             scratch_[static_cast<std::size_t>(parameter)]);
}

}  // namespace daybook::views::table
