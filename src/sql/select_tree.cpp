#include "sql/select_tree.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "sql/input.h"

namespace daybook::sql {
namespace {

using nlohmann::json;

constexpr const char* kFoldable = "sum, count, avg, min, max, first and last";

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

// Two expressions are the same if these are equal: no alias, no places in the text, no qualifier in
// front of column names (there is one table only), names in lower case.
json stripped(const json& tree) {
  if (tree.is_array()) {
    json out = json::array();
    for (const auto& element : tree) out.push_back(stripped(element));
    return out;
  }
  if (!tree.is_object()) return tree;
  json out = json::object();
  for (const auto& [name, value] : tree.items()) {
    if (name == "query_location") continue;
    if (name == "alias") {
      out[name] = "";
    } else if (name == "column_names" && !value.empty()) {
      out[name] = json::array({lower(value.back().get<std::string>())});
    } else {
      out[name] = stripped(value);
    }
  }
  return out;
}

class Reader {
 public:
  Reader(Engine& engine, const std::string& input, const std::vector<std::string>& columns,
         std::vector<Error>& faults)
      : engine_(engine), input_(input), columns_(columns), faults_(faults) {}

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
    tree_.where = node["where_clause"];
    if (!tree_.where.is_null()) check_expression(tree_.where, "WHERE");
    read_items(node["select_list"]);
    read_groups(node);
    check_items();
    return std::move(tree_);
  }

 private:
  void refuse(std::string reason) { faults_.push_back({ErrorCode::kInvalid, std::move(reason)}); }

  void check_clauses(const json& node) {
    if (!node["cte_map"]["map"].empty()) {
      refuse("WITH cannot be folded: write the SELECT over the input itself");
    }
    if (!node["having"].is_null()) {
      refuse(
          "HAVING cannot be folded, as a group may come and go: leave it out and filter with "
          "WHERE when you query the view");
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
      out.tree = item;
      out.tree["alias"] = "";
      out.name = item.value("alias", "");
      if (out.name.empty()) out.name = default_name(item);
      out.is_aggregate = is_aggregate(item);
      if (out.is_aggregate) {
        check_aggregate(item);
      } else {
        check_expression(item, "column " + out.name);
      }
      tree_.items.push_back(std::move(out));
    }
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
      item.tree = json{{"class", "COLUMN_REF"},
                       {"type", "COLUMN_REF"},
                       {"alias", ""},
                       {"query_location", 0},
                       {"column_names", json::array({name})}};
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
        if (!item.is_aggregate) add_group(item.tree);
      }
      return;
    }
    for (const auto& group : groups) {
      if (const auto* item = referred_item(group)) {
        add_group(item->tree);
      } else {
        check_expression(group, "GROUP BY");
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
    const auto same = stripped(tree);
    for (const auto& group : tree_.groups) {
      if (stripped(group) == same) return;
    }
    tree_.groups.push_back(tree);
    tree_.groups.back()["alias"] = "";
  }

  void check_items() {
    const bool aggregates = std::ranges::any_of(tree_.items, &SelectItem::is_aggregate);
    if (aggregates && !tree_.is_grouped()) {
      refuse(
          "aggregates need GROUP BY with the view's key; for one row over everything write "
          "SELECT 'all' AS id, ... GROUP BY id");
    }
    std::vector<bool> selected(tree_.groups.size());
    for (auto& item : tree_.items) {
      if (std::ranges::count(tree_.items, lower(item.name),
                             [](const SelectItem& other) { return lower(other.name); }) > 1) {
        refuse("two columns are named " + item.name + ": give each its own name with AS");
        return;
      }
      if (!tree_.is_grouped() || item.is_aggregate) continue;
      for (std::size_t i = 0; i < tree_.groups.size(); ++i) {
        if (stripped(tree_.groups[i]) == stripped(item.tree)) item.group = i;
      }
      if (item.group) {
        selected[*item.group] = true;
      } else if (!contains_aggregate(item.tree)) {
        refuse("column " + item.name +
               " is neither an aggregate nor in GROUP BY: add it to GROUP "
               "BY, or write last(" +
               item.name + ")");
      }
    }
    for (std::size_t i = 0; i < selected.size(); ++i) {
      if (selected[i] || tree_.has_star) continue;
      const auto text = expression_text(engine_, tree_.groups[i]).value_or("an expression");
      refuse("GROUP BY " + text + " must be selected as well, or rows could not be told apart");
    }
  }

  bool is_aggregate(const json& tree) {
    if (tree["class"] != "FUNCTION") return false;
    return classify(tree.value("function_name", "")) == Engine::FunctionClass::kAggregate;
  }

  bool contains_aggregate(const json& tree) {
    if (tree.is_array()) {
      return std::ranges::any_of(tree, [&](const json& part) { return contains_aggregate(part); });
    }
    if (!tree.is_object()) return false;
    if (tree.contains("class") && is_aggregate(tree)) return true;
    return std::ranges::any_of(tree, [&](const json& part) { return contains_aggregate(part); });
  }

  Engine::FunctionClass classify(const std::string& name) {
    const auto found = classes_.find(name);
    if (found != classes_.end()) return found->second;
    const auto answer = engine_.classify(name);
    return classes_[name] = answer.value_or(Engine::FunctionClass::kUnknown);
  }

  void check_aggregate(const json& tree) {
    constexpr auto kNames = std::to_array<std::string_view>(
        {"sum", "count", "count_star", "avg", "mean", "min", "max", "first", "last"});
    const std::string name = tree["function_name"];
    if (std::ranges::find(kNames, name) == kNames.end()) {
      refuse(name + " cannot be folded: a view's aggregates are " + std::string(kFoldable) +
             "; publish what it needs to a topic, or compute it when you query");
    }
    if (tree.value("distinct", false)) {
      refuse(name +
             "(DISTINCT ...) cannot be folded without keeping every value: make a view "
             "grouped by the value as well and count its rows when you query");
    }
    if (!tree["order_bys"]["orders"].empty()) {
      refuse(name + "(... ORDER BY ...) cannot be folded yet: first and last go by event time");
    }
    if (tree["children"].size() > 1) refuse(name + " with several arguments cannot be folded");
    for (const auto& child : tree["children"]) check_expression(child, name + "(...)");
    if (!tree["filter"].is_null()) check_expression(tree["filter"], "FILTER");
  }

  // What no expression of a fold may contain.
  void check_expression(const json& tree, const std::string& where) {
    if (tree.is_array()) {
      for (const auto& part : tree) check_expression(part, where);
      return;
    }
    if (!tree.is_object()) return;
    const auto kind = tree.value("class", "");
    if (kind == "SUBQUERY") {
      return refuse(where +
                    ": a subquery would read all of history again: leave it out and "
                    "combine views when you query");
    }
    if (kind == "WINDOW") {
      return refuse(where + ": window functions cannot be folded into a view: use a processor");
    }
    if (kind == "PARAMETER") return refuse(where + ": parameters cannot be used in a view");
    if (kind == "STAR") return refuse(where + ": write the columns out instead of *");
    if (kind == "FUNCTION") check_function(tree, where);
    if (kind == "COLUMN_REF") check_column(tree, where);
    for (const auto& part : tree) check_expression(part, where);
  }

  void check_function(const json& tree, const std::string& where) {
    const std::string name = tree["function_name"];
    const auto kind = classify(name);
    if (kind == Engine::FunctionClass::kAggregate) {
      refuse(where + ": " + name + " inside an expression cannot be folded: select " + name +
             "(...) as a column of its own and compute with it when you query");
    } else if (kind == Engine::FunctionClass::kVolatile) {
      refuse(where + ": " + name +
             "() gives another result when the view is rebuilt: use a "
             "column of the event, such as _timestamp");
    } else if (kind == Engine::FunctionClass::kUnknown) {
      refuse(where + ": there is no function " + name);
    }
  }

  // CURRENT_DATE and its like come as column names.
  void check_column(const json& tree, const std::string& where) {
    constexpr auto kVolatile = std::to_array<std::string_view>(
        {"current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"});
    const auto name = lower(tree["column_names"].back());
    const auto is_it = [&](const std::string& column) { return lower(column) == name; };
    if (std::ranges::find(kVolatile, name) != kVolatile.end() &&
        std::ranges::none_of(columns_, is_it)) {
      refuse(where + ": " + name +
             " gives another result when the view is rebuilt: use a column "
             "of the event, such as _timestamp");
    }
  }

  Engine& engine_;
  const std::string& input_;
  const std::vector<std::string>& columns_;
  std::vector<Error>& faults_;
  SelectTree tree_;
  std::string alias_;
  std::map<std::string, Engine::FunctionClass> classes_;
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

Result<std::string> expression_text(Engine& engine, const nlohmann::json& tree) {
  auto expression = tree;
  expression["alias"] = "";
  json node{{"type", "SELECT_NODE"},
            {"modifiers", json::array()},
            {"cte_map", {{"map", json::array()}}},
            {"select_list", json::array({expression})},
            {"from_table", {{"type", "EMPTY"}, {"alias", ""}, {"sample", nullptr}}},
            {"where_clause", nullptr},
            {"group_expressions", json::array()},
            {"group_sets", json::array()},
            {"aggregate_handling", "STANDARD_HANDLING"},
            {"having", nullptr},
            {"sample", nullptr},
            {"qualify", nullptr}};
  const json root{
      {"error", false},
      {"statements", json::array({{{"node", node}, {"named_param_map", json::array()}}})}};
  DAYBOOK_TRY(auto text, engine.text_of(root.dump()));
  constexpr std::string_view kSelect = "SELECT ";
  if (text.starts_with(kSelect)) text.erase(0, kSelect.size());
  return text;
}

std::string quoted_name(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"') out += c;
    out += c;
  }
  return out += '"';
}

}  // namespace daybook::sql
