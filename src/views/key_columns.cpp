#include "views/key_columns.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json_text.h"
#include "sql/rows/cell_json.h"
#include "views/cell_storage.h"

namespace daybook::views {

Result<KeyColumns> KeyColumns::of(const std::string& view, const std::vector<std::string>& names,
                                  const std::vector<ResultColumn>& columns) {
  KeyColumns key;
  key.view_ = view;
  key.names_ = names;
  for (const auto& name : names) {
    const auto column = std::ranges::find(columns, name, &ResultColumn::name);
    if (column == columns.end()) {
      return fail(ErrorCode::kInvalid, "view " + view + " has no column " + name);
    }
    DAYBOOK_TRY(const auto type, sql::parse_type(column->type));
    key.types_.push_back(type);
  }
  return key;
}

Result<std::vector<sql::Cell>> KeyColumns::parse(const std::vector<std::string>& values) const {
  if (values.size() != names_.size()) {
    return fail(ErrorCode::kInvalid, "the key of view " + view_ + " has " +
                                         std::to_string(names_.size()) + " columns, not " +
                                         std::to_string(values.size()));
  }
  std::vector<sql::Cell> cells;
  for (std::size_t i = 0; i < values.size(); ++i) {
    auto cell = parse_cell(values[i], types_[i]);
    if (!cell) return fail(cell.error(), "key column " + names_[i]);
    cells.push_back(std::move(*cell));
  }
  return cells;
}

std::string KeyColumns::select_sql() const {
  std::string sql = "SELECT * FROM " + sqlite::quoted(view_) + " WHERE ";
  for (std::size_t i = 0; i < names_.size(); ++i) {
    sql += (i == 0 ? "" : " AND ") + sqlite::quoted(names_[i]) + " IS ?";
  }
  return sql;
}

std::string KeyColumns::select_keys_sql() const {
  std::string sql = "SELECT DISTINCT ";
  for (std::size_t i = 0; i < names_.size(); ++i) {
    sql += (i == 0 ? "" : ", ") + sqlite::quoted(names_[i]);
  }
  return sql + " FROM " + sqlite::quoted(view_);
}

Status KeyColumns::load(const sqlite::Statement& statement, std::vector<sql::Cell>& key) const {
  key.resize(types_.size());
  for (std::size_t i = 0; i < types_.size(); ++i) {
    DAYBOOK_TRY_VOID(load_shown(statement, static_cast<int>(i), types_[i], key[i]));
  }
  return {};
}

void KeyColumns::bind(sqlite::Statement& statement, std::span<const sql::Cell> key,
                      std::vector<std::string>& scratch) const {
  scratch.resize(types_.size());
  for (std::size_t i = 0; i < types_.size(); ++i) {
    bind_shown(statement, static_cast<int>(i), types_[i], key[i], scratch[i]);
  }
}

std::string KeyColumns::to_json(std::span<const sql::Cell> key) const {
  std::string text = "{";
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (i != 0) text += ',';
    append_json_text(names_[i], text);
    text += ':';
    sql::append_json(key[i], types_[i], text);
  }
  return text + '}';
}

bool KeyColumns::is_key(std::string_view json) const {
  const auto parsed = nlohmann::json::parse(json, nullptr, false);
  if (!parsed.is_object() || parsed.size() != names_.size()) return false;
  return std::ranges::all_of(names_, [&](const auto& name) { return parsed.contains(name); });
}

bool same_key(std::span<const sql::Cell> one, std::span<const sql::Cell> other) {
  return std::ranges::equal(one, other, [](const sql::Cell& a, const sql::Cell& b) {
    return a.kind == b.kind && (a.is_null() || compare(a, b) == 0);
  });
}

}  // namespace daybook::views
