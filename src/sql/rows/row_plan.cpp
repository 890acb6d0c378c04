#include "sql/rows/row_plan.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "sql/input.h"
#include "sql/rows/lookup_join.h"
#include "sql/rows/row_expression.h"
#include "sql/select/expression_tree.h"
#include "sql/select/select_tree.h"

namespace daybook::sql {
namespace {

using nlohmann::json;

constexpr const char* kOrder = "_order";
constexpr const char* kSign = "_sign";
constexpr const char* kGroup = "_group";
constexpr const char* kNew = "_new";

json column_ref(std::string_view name) {
  return {{"class", "COLUMN_REF"},
          {"type", "COLUMN_REF"},
          {"alias", ""},
          {"query_location", 0},
          {"column_names", json::array({name})}};
}

json after_change() {
  return {{"class", "COMPARISON"},
          {"type", "COMPARE_EQUAL"},
          {"alias", ""},
          {"query_location", 0},
          {"left", column_ref(kSign)},
          {"right",
           {{"class", "CONSTANT"},
            {"type", "VALUE_CONSTANT"},
            {"alias", ""},
            {"query_location", 0},
            {"value",
             {{"type", {{"id", "TINYINT"}, {"type_info", nullptr}}},
              {"is_null", false},
              {"value", 1}}}}}};
}

json both(json first, const json& second) {
  if (second.is_null()) return first;
  return {{"class", "CONJUNCTION"},
          {"type", "CONJUNCTION_AND"},
          {"alias", ""},
          {"query_location", 0},
          {"children", json::array({std::move(first), second})}};
}

bool has_window(const json& tree) {
  if (!tree.is_array() && !tree.is_object()) return false;
  if (tree.is_object() && tree.value("class", "") == "WINDOW") return true;
  return std::ranges::any_of(tree, has_window);
}

// Rows that ORDER BY does not tell apart stand in the order of their events, where that shows.
void break_ties(json& window) {
  constexpr std::string_view kByPlace[] = {"WINDOW_ROW_NUMBER", "WINDOW_LAG", "WINDOW_LEAD",
                                           "WINDOW_NTILE"};
  const std::string type = window["type"];
  const bool counts_rows = window["start"].get<std::string>().ends_with("_ROWS") ||
                           window["end"].get<std::string>().ends_with("_ROWS");
  if (!counts_rows && std::ranges::find(kByPlace, type) == std::end(kByPlace)) return;
  window["orders"].push_back(
      {{"type", "ASCENDING"}, {"null_order", "ORDER_DEFAULT"}, {"expression", column_ref(kOrder)}});
}

// Keeps every window within its group.
void confine_windows(json& tree) {
  if (!tree.is_array() && !tree.is_object()) return;
  for (auto& part : tree) confine_windows(part);
  if (!tree.is_object() || tree.value("class", "") != "WINDOW") return;
  tree["partitions"].push_back(column_ref(kGroup));
  break_ties(tree);
}

bool names_column(const json& tree, std::string_view name) {
  if (tree.is_array() || tree.is_object()) {
    if (tree.is_object() && tree.value("class", "") == "COLUMN_REF" &&
        same_name(tree["column_names"].back().get<std::string>(), name)) {
      return true;
    }
    return std::ranges::any_of(tree, [&](const json& part) { return names_column(part, name); });
  }
  return false;
}

class RowPlanner {
 public:
  RowPlanner(Engine& engine, const std::vector<RowInput>& inputs, bool with_history,
             const std::vector<RowLookup>& lookups, std::vector<Error>& faults)
      : engine_(engine),
        inputs_(inputs),
        with_history_(with_history),
        faults_(faults),
        rule_(engine, with_history, faults),
        condition_rule_(engine, false, faults),
        join_(engine, lookups, condition_rule_, faults) {}

  void plan(const std::string& sql, const std::vector<std::string>& conditions, RowPlan& plan) {
    for (const auto& condition : conditions) check_condition(condition);
    const auto root = parse(sql, "the SQL");
    if (!root) return;
    std::vector<json> selects;
    split((*root)["statements"][0]["node"], selects);
    for (auto& select : selects) {
      std::size_t input = inputs_.size();
      has_windows_ = false;
      joined_.clear();
      rewrite_select(select, input, true);
      if (!faults_.empty() || input == inputs_.size()) continue;
      auto text = text_of(*root, select);
      if (!text) return refuse(text.error().message);
      plan.queries.push_back({input, with_conditions(std::move(*text), conditions), joined_});
    }
    plan.lookups = join_.uses();
  }

 private:
  void refuse(std::string reason) { faults_.push_back({ErrorCode::kInvalid, std::move(reason)}); }

  std::optional<json> parse(const std::string& sql, const std::string& what) {
    const auto text = engine_.parse_tree(sql);
    if (!text) return refuse(text.error().message), std::nullopt;
    auto root = json::parse(*text, nullptr, false);
    if (root.value("error", true)) {
      refuse(what + " is not one SELECT: " + root.value("error_message", "it cannot be read"));
      return std::nullopt;
    }
    if (root["statements"].size() != 1) {
      refuse("write exactly one SELECT, not " + std::to_string(root["statements"].size()));
      return std::nullopt;
    }
    return root;
  }

  // A condition is an expression over the result's columns, by the same rules.
  void check_condition(const std::string& condition) {
    const auto root = parse("SELECT (" + condition + ") AS c", "\"when: " + condition + "\"");
    if (!root) return;
    const auto& node = (*root)["statements"][0]["node"];
    if (node["type"] != "SELECT_NODE" || node["select_list"].size() != 1 ||
        node["from_table"]["type"] != "EMPTY") {
      return refuse("\"when: " + condition + "\" must be one expression over the columns");
    }
    condition_rule_.check(node["select_list"], "when: " + condition, false);
  }

  void split(const json& node, std::vector<json>& selects) {
    if (node["type"] == "SELECT_NODE") return selects.push_back(node);
    const bool is_union_all = node["type"] == "SET_OPERATION_NODE" &&
                              node["setop_type"] == "UNION" && node.value("setop_all", false);
    if (!is_union_all || !node["modifiers"].empty() || !node["cte_map"]["map"].empty()) {
      return refuse(
          "SELECTs can be put together with UNION ALL only: UNION, INTERSECT, EXCEPT, WITH, and "
          "ORDER BY or LIMIT behind them read more than one event");
    }
    if (!node["children"].empty()) {
      for (const auto& child : node["children"]) split(child, selects);
      return;
    }
    split(node["left"], selects);
    split(node["right"], selects);
  }

  void check_clauses(const json& node) {
    if (!node["cte_map"]["map"].empty()) {
      refuse("WITH is not available here: write the subquery in FROM");
    }
    if (!node["group_expressions"].empty() || !node["group_sets"].empty() ||
        node["aggregate_handling"] != "STANDARD_HANDLING" || !node["having"].is_null()) {
      refuse(
          "GROUP BY reads more than one event: make it a view, or give the processor a "
          "\"window\"");
    }
    if (!node["qualify"].is_null() && !with_history_) {
      refuse("QUALIFY reads more than one event: use WHERE");
    }
    if (!node["sample"].is_null()) refuse("USING SAMPLE gives another result every time");
    for (const auto& modifier : node["modifiers"]) {
      const auto& type = modifier["type"];
      if (type == "DISTINCT_MODIFIER") {
        refuse("SELECT DISTINCT reads more than one event: leave it out");
      } else if (type == "ORDER_MODIFIER") {
        refuse("rows keep the order of their events: leave ORDER BY out");
      } else {
        refuse("LIMIT reads more than one event: leave it out");
      }
    }
  }

  // Leaves in `node` a SELECT whose first column is _order, and in `input` what it reads.
  void rewrite_select(json& node, std::size_t& input, bool is_outermost) {
    if (node["type"] != "SELECT_NODE") {
      return refuse("a subquery in FROM must be one SELECT");
    }
    check_clauses(node);
    auto& from = node["from_table"];
    const bool is_base = from["type"] == "BASE_TABLE";
    if (from["type"] == "SUBQUERY") {
      rewrite_select(from["subquery"]["node"], input, false);
    } else if (is_base) {
      input = find_input(from);
    } else if (from["type"] == "JOIN") {
      refuse(
          "a join reads more than one event: publish what is to be joined as a view, and name it "
          "in "
          "\"lookup\"");
    } else {
      refuse("FROM must be one of the inputs: " + input_names());
    }
    if (!from["sample"].is_null()) refuse("a sample gives another result every time");
    rule_.check(node["select_list"], "the select list", true);
    rule_.check(node["where_clause"], "WHERE", false);
    if (is_base && input < inputs_.size() && inputs_[input].is_change &&
        !names_column(node["select_list"], kSign) && !names_column(node["where_clause"], kSign)) {
      node["where_clause"] = both(after_change(), node["where_clause"]);
    }
    if (is_base) joined_ = join_.join(node);
    if (with_history_) keep_to_group(node, is_outermost);
    auto list = json::array({column_ref(kOrder)});
    if (with_history_ && !is_outermost) {
      list.push_back(column_ref(kGroup));
      list.push_back(column_ref(kNew));
    }
    for (auto& item : node["select_list"]) list.push_back(std::move(item));
    node["select_list"] = std::move(list);
    hide_from_stars(node["select_list"], is_base);
  }

  void keep_to_group(json& node, bool is_outermost) {
    rule_.check(node["qualify"], "QUALIFY", false);
    const bool has_windows = has_window(node["select_list"]) || has_window(node["qualify"]);
    has_windows_ |= has_windows;
    confine_windows(node["select_list"]);
    confine_windows(node["qualify"]);
    if (!is_outermost) return;
    if (!has_windows_) {
      refuse("history is there for window functions, and there are none: leave it out");
    }
    auto& last = node[has_windows ? "qualify" : "where_clause"];
    last = both(column_ref(kNew), last);
  }

  // A star is what the event holds, not what every topic has.
  void hide_from_stars(json& list, bool is_base) {
    for (auto& item : list) {
      if (item["class"] != "STAR") continue;
      if (!item["expr"].is_null() || item.value("columns", false)) {
        refuse("COLUMNS(...) is not available here: write the columns out");
        continue;
      }
      auto& excluded = item["exclude_list"];
      const auto hide = [&](const std::string& name) {
        const bool is_there = std::ranges::any_of(excluded, [&](const json& other) {
          return other.is_string() && same_name(other.get<std::string>(), name);
        });
        if (!is_there) excluded.push_back(name);
      };
      if (!is_base) {
        hide(kOrder);
        if (with_history_) hide(kGroup), hide(kNew);
        continue;
      }
      if (join_.is_row(item)) continue;
      for (const auto& column : visible_columns({})) hide(column.name);
      if (!item.value("relation_name", "").empty()) continue;
      for (const auto& name : join_.joined_columns(joined_)) hide(name);
    }
  }

  std::size_t find_input(const json& from) {
    const auto name = from.value("table_name", "");
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      if (same_name(inputs_[i].name, name) && from.value("schema_name", "").empty()) return i;
    }
    refuse("FROM must be one of the inputs (" + input_names() + "), found " + name);
    return inputs_.size();
  }

  std::string input_names() const {
    std::string names;
    for (const auto& input : inputs_) names += (names.empty() ? "" : ", ") + input.name;
    return names;
  }

  Result<std::string> text_of(const json& root, const json& select) {
    auto one = root;
    one["statements"][0]["node"] = select;
    return engine_.text_of(one.dump());
  }

  static std::string with_conditions(std::string sql, const std::vector<std::string>& conditions) {
    if (conditions.empty()) return sql;
    std::string out = "SELECT *";
    for (std::size_t i = 0; i < conditions.size(); ++i) {
      out += ", (" + conditions[i] + ")::BOOLEAN AS " +
             quoted_name(kConditionName + std::to_string(i));
    }
    return out + " FROM (" + sql + ") AS _rows";
  }

  Engine& engine_;
  const std::vector<RowInput>& inputs_;
  const bool with_history_;
  bool has_windows_ = false;
  std::vector<Error>& faults_;
  RowExpression rule_;
  RowExpression condition_rule_;
  LookupJoin join_;
  std::vector<std::size_t> joined_;  // by the SELECT at hand
};

}  // namespace

std::vector<LookupUse> RowPlan::lookups_of(std::size_t input) const {
  std::vector<LookupUse> used;
  for (const auto& use : lookups) {
    const auto joins = [&](const RowQuery& query) {
      return query.input == input &&
             std::ranges::find(query.lookups, use.lookup) != query.lookups.end();
    };
    if (std::ranges::any_of(queries, joins)) used.push_back(use);
  }
  return used;
}

std::expected<RowPlan, std::vector<Error>> plan_rows(Engine& engine, const std::string& sql,
                                                     const std::vector<RowInput>& inputs,
                                                     const std::vector<std::string>& conditions,
                                                     bool with_history,
                                                     const std::vector<RowLookup>& lookups) {
  std::vector<Error> faults;
  RowPlan plan;
  try {
    RowPlanner(engine, inputs, with_history, lookups, faults).plan(sql, conditions, plan);
  } catch (const json::exception& error) {
    faults.push_back({ErrorCode::kUnsupported,
                      std::string("DuckDB's parse tree has an unknown form: ") + error.what()});
  }
  if (!faults.empty()) return std::unexpected(std::move(faults));
  return plan;
}

}  // namespace daybook::sql
