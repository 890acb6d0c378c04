#include "sql/select/select_tree.h"

#include <algorithm>
#include <map>

#include "sql/input.h"
#include "sql/select/expression_check.h"
#include "sql/select/expression_tree.h"

namespace daybook::sql {
namespace {

using nlohmann::json;

class Reader {
 public:
  Reader(Engine& engine, const std::string& input, const std::vector<std::string>& columns,
         std::vector<Error>& faults)
      : engine_(engine), input_(input), columns_(columns), check_(engine, columns, faults) {}

  std::optional<SelectTree> read(const std::string& sql) {
    const auto text = engine_.parse_tree(sql);
    if (!text) return refuse(text.error().message), std::nullopt;
    const auto root = json::parse(*text, nullptr, false);
    if (root.value("error", true)) {
      refuse("the SQL is not one SELECT: " + root.value("error_message", "it cannot be read"));
      return std::nullopt;
    }
    const auto& statements = root["statements"];
    if (statements.size() != 1) {
      refuse("write exactly one SELECT, not " + std::to_string(statements.size()));
      return std::nullopt;
    }
    const auto& node = statements[0]["node"];
    if (node["type"] != "SELECT_NODE") {
      refuse("UNION, INTERSECT and EXCEPT cannot be folded: make one view for each SELECT");
      return std::nullopt;
    }
    check_clauses(node);
    read_from(node["from_table"]);
    read_items(node["select_list"]);
    tree_.where = node["where_clause"];
    if (!columns_.empty()) tree_.where = without_aliases(tree_.where);
    if (!tree_.where.is_null()) check_.check_row(tree_.where, "WHERE");
    read_groups(node);
    check_items();
    read_having(node["having"]);
    return std::move(tree_);
  }

 private:
  void refuse(std::string reason) { check_.refuse(std::move(reason)); }

  void check_clauses(const json& node) {
    if (!node["cte_map"]["map"].empty()) {
      refuse("WITH cannot be folded: write the SELECT over the input itself");
    }
    if (!node["qualify"].is_null()) {
      refuse("QUALIFY cannot be folded: leave it out and filter when you query the view");
    }
    if (!node["sample"].is_null()) refuse("USING SAMPLE cannot be folded: leave it out");
    for (const auto& modifier : node["modifiers"]) {
      const auto& type = modifier["type"];
      if (type == "DISTINCT_MODIFIER") {
        refuse("SELECT DISTINCT cannot be folded: write GROUP BY with the same columns");
      } else if (type == "ORDER_MODIFIER") {
        refuse("a view has no order: leave ORDER BY out and order when you query the view");
      } else {
        refuse("LIMIT cannot be folded: leave it out and limit when you query the view");
      }
    }
  }

  void read_from(const json& from) {
    const auto& type = from["type"];
    const auto name = from.value("table_name", "");
    if (type == "JOIN") {
      refuse("a join cannot be folded yet: make one view per input and join when you query");
    } else if (type == "SUBQUERY") {
      refuse("a subquery in FROM cannot be folded: write the SELECT over " + input_ + " itself");
    } else if (type != "BASE_TABLE" || lower(name) != lower(input_) ||
               !from.value("schema_name", "").empty()) {
      const auto what = type == "BASE_TABLE" ? name : "something else";
      refuse("FROM must be the view's input " + input_ + ", found " + what);
    } else if (!from["column_name_alias"].empty() || !from["sample"].is_null()) {
      refuse("FROM " + input_ + " takes no column names and no sample");
    }
    alias_ = from.value("alias", "");
    tree_.from = quoted_name(input_);
    if (!alias_.empty()) tree_.from += " AS " + quoted_name(alias_);
  }

  void read_items(const json& list) {
    for (const auto& item : list) {
      if (item["class"] == "STAR") {
        read_star(item);
        continue;
      }
      SelectItem out;
      out.tree = without_aliases(item);
      out.tree["alias"] = "";
      out.name = item.value("alias", "");
      const bool has_alias = !out.name.empty();
      if (!has_alias) out.name = default_name(item);
      if (has_alias) aliases_.emplace(lower(out.name), out.tree);
      tree_.items.push_back(std::move(out));
    }
  }

  // Names that the SELECT list gave before stand for what they name, unless the input has a column
  // of the name. While its columns are unknown, only a name outside of aggregates must be one.
  json without_aliases(const json& tree) {
    return replaced(tree, [&](const json& part) -> json {
      if (columns_.empty() && check_.is_aggregate(part)) return part;
      if (part["class"] != "COLUMN_REF" || part["column_names"].size() != 1) return nullptr;
      const auto name = lower(part["column_names"][0]);
      const auto found = aliases_.find(name);
      return found == aliases_.end() || is_input_column(name) ? json() : found->second;
    });
  }

  bool is_input_column(const std::string& name) const {
    if (is_pseudo_column(name)) return true;
    return std::ranges::any_of(columns_,
                               [&](const std::string& column) { return same_name(column, name); });
  }

  void read_star(const json& star) {
    tree_.has_star = true;
    const auto relation = star.value("relation_name", "");
    const bool is_plain = star["replace_list"].empty() && star["expr"].is_null() &&
                          !star.value("columns", false) && star["rename_list"].empty() &&
                          star["qualified_exclude_list"].empty();
    if (!is_plain || (!relation.empty() && lower(relation) != lower(input_) &&
                      lower(relation) != lower(alias_))) {
      return refuse("only * and * EXCLUDE (columns) are understood: write the columns out");
    }
    for (const auto& name : columns_) {
      const bool is_excluded = std::ranges::any_of(star["exclude_list"], [&](const json& excluded) {
        return excluded.is_string() && lower(excluded) == lower(name);
      });
      if (is_excluded) continue;
      SelectItem item;
      item.tree = column_reference(name);
      item.name = name;
      tree_.items.push_back(std::move(item));
    }
  }

  std::string default_name(const json& item) {
    if (item["class"] == "COLUMN_REF") return item["column_names"].back();
    if (item.value("function_name", "") == "count_star") return "count_star()";
    return expression_text(engine_, item).value_or("expression");
  }

  void read_groups(const json& node) {
    const auto& groups = node["group_expressions"];
    const auto& sets = node["group_sets"];
    if (sets.size() > 1 || (sets.size() == 1 && sets[0].size() != groups.size())) {
      refuse("GROUPING SETS, ROLLUP and CUBE cannot be folded: make one view for each grouping");
    }
    if (node["aggregate_handling"] == "FORCE_AGGREGATES") {  // GROUP BY ALL
      for (auto& item : tree_.items) {
        if (!check_.contains_aggregate(item.tree)) add_group(item.tree);
      }
      return;
    }
    for (const auto& group : groups) {
      if (const auto* item = referred_item(group)) {
        add_group(item->tree);
      } else {
        add_group(group);
      }
    }
  }

  // GROUP BY 2, or GROUP BY alias where no column of the input is named so.
  const SelectItem* referred_item(const json& group) const {
    if (group["class"] == "CONSTANT" && group["value"].value("value", json()).is_number_integer()) {
      const auto place = group["value"]["value"].get<std::int64_t>();
      if (place >= 1 && place <= static_cast<std::int64_t>(tree_.items.size())) {
        return &tree_.items[static_cast<std::size_t>(place - 1)];
      }
    }
    if (group["class"] != "COLUMN_REF" || group["column_names"].size() != 1) return nullptr;
    const auto name = lower(group["column_names"][0]);
    const auto is_it = [&](const std::string& column) { return lower(column) == name; };
    if (std::ranges::any_of(columns_, is_it)) return nullptr;
    const auto same = stripped(group);
    for (const auto& item : tree_.items) {
      if (stripped(item.tree) == same) return nullptr;
    }
    const auto found = std::ranges::find_if(
        tree_.items, [&](const SelectItem& item) { return lower(item.name) == name; });
    return found == tree_.items.end() ? nullptr : &*found;
  }

  void add_group(const json& tree) {
    auto same = stripped(tree);
    if (std::ranges::find(groups_, same) != groups_.end()) return;
    check_.check_row(tree, "GROUP BY");
    groups_.push_back(std::move(same));
    tree_.groups.push_back(tree);
    tree_.groups.back()["alias"] = "";
  }

  void check_items() {
    std::vector<bool> selected(groups_.size());
    for (auto& item : tree_.items) {
      if (std::ranges::count(tree_.items, lower(item.name),
                             [](const SelectItem& other) { return lower(other.name); }) > 1) {
        refuse("two columns are named " + item.name + ": give each its own name with AS");
        return;
      }
      check_item(item);
      if (item.role == SelectItem::Role::kGroup) selected[item.group] = true;
    }
    for (std::size_t i = 0; i < selected.size(); ++i) {
      if (selected[i] || tree_.has_star) continue;
      const auto text = expression_text(engine_, tree_.groups[i]).value_or("an expression");
      refuse("GROUP BY " + text + " must be selected as well, or rows could not be told apart");
    }
  }

  void check_item(SelectItem& item) {
    const auto where = "column " + item.name;
    if (!tree_.is_grouped()) {
      if (!check_.contains_aggregate(item.tree)) return check_.check_row(item.tree, where);
      return refuse(
          where +
          ": aggregates need GROUP BY with the view's key; for one row over everything write "
          "SELECT 'all' AS name, ... GROUP BY name");
    }
    const auto group = std::ranges::find(groups_, stripped(item.tree));
    if (group != groups_.end()) {
      item.role = SelectItem::Role::kGroup;
      item.group = static_cast<std::size_t>(group - groups_.begin());
      return;
    }
    if (check_.is_aggregate(item.tree)) item.role = SelectItem::Role::kAggregate;
    check_.check_group(item.tree, groups_, where);
  }

  // HAVING may use the names that the SELECT list gives, before those of the input's columns, but
  // after the groups.
  void read_having(const json& having) {
    if (having.is_null()) return;
    if (!tree_.is_grouped()) {
      return refuse("HAVING needs GROUP BY: filter the rows with WHERE");
    }
    tree_.having = replaced(having, [&](const json& part) -> json {
      if (std::ranges::find(groups_, stripped(part)) != groups_.end()) return part;
      if (check_.is_aggregate(part)) return part;
      if (part["class"] != "COLUMN_REF" || part["column_names"].size() != 1) return nullptr;
      const auto found = aliases_.find(lower(part["column_names"][0]));
      return found == aliases_.end() ? json() : found->second;
    });
    check_.check_group(tree_.having, groups_, "HAVING");
  }

  Engine& engine_;
  const std::string& input_;
  const std::vector<std::string>& columns_;
  ExpressionCheck check_;
  SelectTree tree_;
  std::string alias_;
  std::map<std::string, json> aliases_;  // names that the SELECT list gives, in lower case
  std::vector<json> groups_;             // stripped, as SelectTree::groups
};

}  // namespace

std::optional<SelectTree> read_select(Engine& engine, const std::string& sql,
                                      const std::string& input,
                                      const std::vector<std::string>& columns,
                                      std::vector<Error>& faults) {
  try {
    return Reader(engine, input, columns, faults).read(sql);
  } catch (const nlohmann::json::exception& error) {
    faults.push_back({ErrorCode::kUnsupported,
                      std::string("DuckDB's parse tree has an unknown form: ") + error.what()});
    return std::nullopt;
  }
}

}  // namespace daybook::sql
