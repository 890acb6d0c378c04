#include "sql/rows/lookup_join.h"

#include <algorithm>

#include "sql/select/expression_tree.h"

namespace daybook::sql {
namespace {

using nlohmann::json;

// Unlike names that users give, which do not begin so.
std::string key_name(const RowLookup& lookup, std::size_t number) {
  return "_by_" + lookup.name + "_" + std::to_string(number);
}

std::string names_of(const std::vector<TableColumn>& columns) {
  std::string names;
  for (const auto& column : columns) names += (names.empty() ? "" : ", ") + column.name;
  return names;
}

bool names_table(const json& tree) {
  if (!tree.is_structured()) return false;
  if (tree.is_object() && tree.value("class", "") == "COLUMN_REF" &&
      tree["column_names"].size() > 1) {
    return true;
  }
  return std::ranges::any_of(tree, names_table);
}

}  // namespace

std::string lookup_table(const std::string& lookup) {
  return "_lookup_" + lookup;
}

std::string lookup_key(std::size_t number) {
  return "k" + std::to_string(number);
}

std::string lookup_column(std::size_t column) {
  return "c" + std::to_string(column);
}

LookupJoin::LookupJoin(Engine& engine, const std::vector<RowLookup>& lookups, RowExpression& rule,
                       std::vector<Error>& faults)
    : engine_(engine), lookups_(lookups), faults_(faults), columns_(lookups.size()) {
  by_.resize(lookups.size());
  for (std::size_t i = 0; i < lookups.size(); ++i) {
    for (const auto& expression : lookups[i].by) read_by(i, expression, rule);
  }
}

void LookupJoin::refuse(std::string reason) {
  faults_.push_back({ErrorCode::kInvalid, std::move(reason)});
}

void LookupJoin::read_by(std::size_t lookup, const std::string& expression, RowExpression& rule) {
  const std::string where = "lookup " + lookups_[lookup].name + ": by: " + expression;
  const auto text = engine_.parse_tree("SELECT (" + expression + ")");
  if (!text) return refuse(text.error().message);
  const auto root = json::parse(*text, nullptr, false);
  if (root.value("error", true) || root["statements"].size() != 1) {
    return refuse(where + " is not an expression");
  }
  const auto& node = root["statements"][0]["node"];
  if (node["type"] != "SELECT_NODE" || node["select_list"].size() != 1 ||
      node["from_table"]["type"] != "EMPTY") {
    return refuse(where + " must be one expression over the columns of the event");
  }
  rule.check(node["select_list"], where, false);
  if (names_table(node["select_list"])) {
    return refuse(where + ": write columns without a table's name in front");
  }
  auto sql = expression_text(engine_, node["select_list"][0]);
  if (!sql) return refuse(where + ": " + sql.error().message);
  const auto number = by_[lookup].size();
  const auto& known = lookups_[lookup];
  if (number < known.key.size()) {
    const auto& type = known.columns[known.key[number]].type;
    sql = "TRY(CAST((" + *sql + ") AS " + to_text(type) + "))";
  }
  by_[lookup].push_back(std::move(*sql));
}

std::vector<std::size_t> LookupJoin::join(json& select) {
  std::vector<std::size_t> joined;
  for (std::size_t i = 0; i < lookups_.size(); ++i) {
    std::set<std::size_t> columns;
    bool is_named = false;
    for (const auto* clause : {"select_list", "where_clause", "qualify"}) {
      find_columns(select[clause], i, columns, is_named);
    }
    if (!is_named) continue;
    joined.push_back(i);
    named_.insert(i);
    columns_[i].insert(columns.begin(), columns.end());
    const auto text = engine_.parse_tree(from_sql(i, columns));
    auto root = text ? json::parse(*text, nullptr, false) : json();
    if (!text || root.value("error", true)) {
      refuse("lookup " + lookups_[i].name + " cannot be joined");
      continue;
    }
    auto join = std::move(root["statements"][0]["node"]["from_table"]);
    join["left"] = std::move(select["from_table"]);
    select["from_table"] = std::move(join);
  }
  return joined;
}

void LookupJoin::find_columns(const json& tree, std::size_t lookup, std::set<std::size_t>& columns,
                              bool& is_named) {
  if (!tree.is_structured()) return;
  const auto& known = lookups_[lookup];
  const auto take_all = [&] {
    is_named = true;
    for (std::size_t i = 0; i < known.columns.size(); ++i) columns.insert(i);
  };
  const auto kind = tree.is_object() ? tree.value("class", "") : "";
  if (kind == "STAR" && same_name(tree.value("relation_name", ""), known.name)) take_all();
  if (kind == "COLUMN_REF") {
    const auto& names = tree["column_names"];
    if (!same_name(names[0].get<std::string>(), known.name)) return;
    if (names.size() == 1) return take_all();
    is_named = true;
    return add_column(lookup, names[1], columns);
  }
  for (const auto& part : tree) find_columns(part, lookup, columns, is_named);
}

void LookupJoin::add_column(std::size_t lookup, const std::string& name,
                            std::set<std::size_t>& columns) {
  const auto& known = lookups_[lookup];
  if (known.columns.empty()) return;
  for (std::size_t i = 0; i < known.columns.size(); ++i) {
    if (!same_name(known.columns[i].name, name)) continue;
    columns.insert(i);
    return;
  }
  refuse("what is looked up as " + known.name + " has no column " + name +
         "; there are: " + names_of(known.columns));
}

bool LookupJoin::is_row(const json& star) const {
  const auto relation = star.value("relation_name", "");
  return std::ranges::any_of(
      lookups_, [&](const RowLookup& lookup) { return same_name(lookup.name, relation); });
}

std::vector<std::string> LookupJoin::joined_columns(const std::vector<std::size_t>& lookups) const {
  std::vector<std::string> names;
  for (const auto i : lookups) {
    names.push_back(lookups_[i].name);
    for (std::size_t k = 0; k < by_[i].size(); ++k) names.push_back(key_name(lookups_[i], k));
  }
  return names;
}

std::string LookupJoin::from_sql(std::size_t lookup, const std::set<std::size_t>& columns) const {
  const auto& known = lookups_[lookup];
  std::string keys;
  std::string condition;
  for (std::size_t i = 0; i < by_[lookup].size(); ++i) {
    const auto name = quoted_name(key_name(known, i));
    keys += lookup_key(i) + " AS " + name + ", ";
    condition += (i == 0 ? "" : " AND ") + by_[lookup][i] + " = " + name;
  }
  std::string row;
  for (const auto i : columns) {
    row +=
        (row.empty() ? "" : ", ") + quoted_name(known.columns[i].name) + " := " + lookup_column(i);
  }
  // Without known columns it is only parsed.
  row = row.empty() ? "NULL" : "struct_pack(" + row + ")";
  return "SELECT 1 FROM batch LEFT JOIN (SELECT " + keys + row + " AS " + quoted_name(known.name) +
         " FROM " + quoted_name(lookup_table(known.name)) + ") AS " +
         quoted_name("_row_" + known.name) + " ON (" + condition + ")";
}

std::vector<LookupUse> LookupJoin::uses() const {
  std::vector<LookupUse> uses;
  for (const auto i : named_) {
    uses.push_back({i, by_[i], {columns_[i].begin(), columns_[i].end()}});
  }
  return uses;
}

}  // namespace daybook::sql
