#include "sql/rows/window_plan.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "sql/rows/row_expression.h"
#include "sql/select/expression_tree.h"

namespace daybook::sql {
namespace {

using nlohmann::json;

constexpr const char* kStart = "_window_start";
constexpr const char* kEnd = "_window_end";

bool is_column(const json& tree, std::string_view name) {
  return tree.is_object() && tree.value("class", "") == "COLUMN_REF" &&
         same_name(tree["column_names"].back().get<std::string>(), name);
}

bool names_window(const json& tree) {
  if (is_column(tree, kStart) || is_column(tree, kEnd)) return true;
  return tree.is_structured() && std::ranges::any_of(tree, names_window);
}

class WindowPlanner {
 public:
  WindowPlanner(Engine& engine, const RowInput& input, const WindowShape& shape,
                std::vector<Error>& faults)
      : engine_(engine),
        input_(input),
        shape_(shape),
        faults_(faults),
        rule_(engine, false, faults) {}

  WindowPlan plan(const std::string& sql, const std::vector<std::string>& conditions) {
    auto root = parse(sql);
    if (!root) return {};
    auto& select = (*root)["statements"][0]["node"];
    check(select);
    if (!faults_.empty()) return {};
    WindowPlan plan{.events = events_statement(select), .windows = {}};
    group_by_window(select);
    const auto text = engine_.text_of(root->dump());
    if (!text) return refuse(text.error().message), plan;
    plan.windows = *text;
    if (conditions.empty()) return plan;
    plan.windows = "SELECT *";
    for (std::size_t i = 0; i < conditions.size(); ++i) {
      plan.windows += ", (" + conditions[i] + ")::BOOLEAN AS " +
                      quoted_name(kConditionName + std::to_string(i));
    }
    plan.windows += " FROM (" + *text + ") AS _rows";
    return plan;
  }

 private:
  void refuse(std::string reason) { faults_.push_back({ErrorCode::kInvalid, std::move(reason)}); }

  std::optional<json> parse(const std::string& sql) {
    const auto text = engine_.parse_tree(sql);
    if (!text) return refuse(text.error().message), std::nullopt;
    auto root = json::parse(*text, nullptr, false);
    if (root.value("error", true)) {
      refuse("the SQL is not one SELECT: " + root.value("error_message", "it cannot be read"));
      return std::nullopt;
    }
    if (root["statements"].size() != 1 || root["statements"][0]["node"]["type"] != "SELECT_NODE") {
      refuse("write exactly one SELECT: windows are computed by one");
      return std::nullopt;
    }
    return root;
  }

  void check(const json& node) {
    if (!node["cte_map"]["map"].empty()) refuse("WITH is not available with \"window\"");
    if (!node["modifiers"].empty()) {
      refuse(
          "all rows of a window are emitted, in an order of their own: leave DISTINCT, ORDER BY "
          "and LIMIT out");
    }
    if (!node["qualify"].is_null()) {
      refuse("QUALIFY is for \"history\": with \"window\" use HAVING");
    }
    if (!node["sample"].is_null()) refuse("USING SAMPLE gives another result every time");
    if (node["aggregate_handling"] != "STANDARD_HANDLING" || node["group_sets"].size() > 1) {
      refuse(
          "GROUPING SETS, ROLLUP, CUBE and GROUP BY ALL are not available with \"window\": name "
          "the columns in GROUP BY");
    }
    const auto& from = node["from_table"];
    const bool is_input = from["type"] == "BASE_TABLE" && from.value("schema_name", "").empty() &&
                          same_name(from.value("table_name", ""), input_.name);
    if (!is_input) refuse("FROM must be the processor's input, " + input_.name + ", by itself");
    if (is_input && !from["sample"].is_null()) refuse("a sample gives another result every time");
    for (const auto& group : node["group_expressions"]) {
      if (group["class"] == "CONSTANT") {
        refuse("GROUP BY a number is not available with \"window\": write the expression");
      }
    }
    if (names_window(node["where_clause"])) {
      refuse("WHERE is computed before there are windows: use HAVING");
    }
    if (shape_.withdraws && !has_key_of_window(node["select_list"])) {
      refuse(
          "a session that grows, or becomes a part of another, is taken back by its key: with "
          "\"emit: update\" select one that names the key and _window_start, such as (" +
          shape_.by + ") || '@' || epoch_ms(_window_start) AS _key");
    }
    const auto list = without_aggregates(node["select_list"]);
    for (const auto& item : list) {
      if (item["class"] == "STAR") refuse("the select list: write the columns out, not *");
    }
    rule_.check(list, "the select list", false);
    rule_.check(without_aggregates(node["having"]), "HAVING", false);
    rule_.check(node["where_clause"], "WHERE", false);
    rule_.check(node["group_expressions"], "GROUP BY", false);
  }

  static bool has_key_of_window(const json& list) {
    return std::ranges::any_of(list, [](const json& item) {
      return same_name(item.value("alias", ""), "_key") && names_window(item);
    });
  }

  bool is_aggregate(const json& tree) {
    if (!tree.is_object() || tree.value("class", "") != "FUNCTION") return false;
    const auto found = engine_.classify(tree["function_name"].get<std::string>());
    return found && *found == Engine::FunctionClass::kAggregate;
  }

  // The tree with a column in the place of each aggregate, whose arguments are kept aside.
  json without_aggregates(const json& tree) {
    return replaced(tree, [&](const json& part) -> json {
      if (!is_aggregate(part)) return nullptr;
      for (const auto& argument : part["children"]) take_argument(argument);
      take_argument(part["filter"]);
      for (const auto& order : part["order_bys"]["orders"]) take_argument(order["expression"]);
      return column_reference("_order");
    });
  }

  void take_argument(const json& argument) {
    if (argument.is_null() || argument["class"] == "STAR") return;
    rule_.check(argument, "what an aggregate is of", false);
    // What depends on the window is first computed in it.
    if (argument["class"] == "CONSTANT" || names_window(argument)) return;
    arguments_.push_back(argument);
  }

  std::string text_of(const json& expression) {
    auto text = expression_text(engine_, expression);
    if (!text) return refuse(text.error().message), "NULL";
    return *text;
  }

  // Arguments that are columns are there as well: all that is read is checked by its name.
  std::string events_statement(const json& select) {
    for (const auto& group : select["group_expressions"]) take_argument(group);
    std::string sql = "SELECT (" + shape_.by + ")::VARCHAR AS k";
    for (std::size_t i = 0; i < arguments_.size(); ++i) {
      sql += ", (" + text_of(arguments_[i]) + ") AS c" + std::to_string(i);
    }
    const auto alias = select["from_table"].value("alias", "");
    sql += " FROM " + quoted_name(input_.name) + (alias.empty() ? "" : " AS " + quoted_name(alias));
    if (!select["where_clause"].is_null()) sql += " WHERE " + text_of(select["where_clause"]);
    const auto plan = plan_rows(engine_, sql, {input_}, {});
    if (plan) return plan->queries.front().sql;
    for (const auto& fault : plan.error()) refuse(fault.message);
    return "";
  }

  // The one item of a SELECT: an expression.
  json expression(const std::string& sql) {
    auto root = parse("SELECT " + sql);
    return root ? (*root)["statements"][0]["node"]["select_list"][0] : json(nullptr);
  }

  json with_window(const json& tree) const {
    return replaced(tree, [&](const json& part) -> json {
      const bool is_start = is_column(part, kStart);
      if (!is_start && !is_column(part, kEnd)) return nullptr;
      auto made = is_start ? start_ : end_;
      made["alias"] = part["alias"];
      return made;
    });
  }

  void group_by_window(json& node) {
    const auto size_us = std::to_string(shape_.size_ms) + " * 1000";
    start_ = expression("make_timestamp(_group * 1000)");
    end_ =
        expression(shape_.is_session ? "make_timestamp(epoch_us(max(_timestamp)) + " + size_us + ")"
                                     : "make_timestamp(_group * 1000 + " + size_us + ")");
    auto list = json::array({expression("min(_order) AS _order")});
    for (auto& item : node["select_list"]) {
      for (const auto* name : {kStart, kEnd}) {
        if (is_column(item, name) && item.value("alias", "").empty())
          item["alias"] = name + 1;  // as a column of the result
      }
      list.push_back(with_window(item));
    }
    node["select_list"] = std::move(list);
    node["having"] = with_window(node["having"]);
    if (input_.is_change) {
      auto after = expression("_sign = 1 AND true");
      if (!node["where_clause"].is_null()) after["children"][1] = node["where_clause"];
      node["where_clause"] = std::move(after);
    }
    auto groups = json::array();
    for (const auto& group : node["group_expressions"]) {
      if (!is_column(group, kStart) && !is_column(group, kEnd))
        groups.push_back(with_window(group));
    }
    for (const auto& part :
         {"(" + shape_.by + ")::VARCHAR", std::string("_partition"), std::string("_group")}) {
      groups.push_back(expression(part));
    }
    auto all = json::array();
    for (std::size_t i = 0; i < groups.size(); ++i) all.push_back(i);
    node["group_expressions"] = std::move(groups);
    node["group_sets"] = json::array({std::move(all)});
  }

  Engine& engine_;
  const RowInput& input_;
  const WindowShape& shape_;
  std::vector<Error>& faults_;
  RowExpression rule_;
  std::vector<json> arguments_;
  json start_, end_;
};

}  // namespace

std::expected<WindowPlan, std::vector<Error>> plan_windows(
    Engine& engine, const std::string& sql, const RowInput& input, const WindowShape& shape,
    const std::vector<std::string>& conditions) {
  std::vector<Error> faults;
  WindowPlan plan;
  // The key and the conditions follow the rules of all processors.
  const auto checked =
      plan_rows(engine, "SELECT (" + shape.by + ")::VARCHAR AS k FROM " + quoted_name(input.name),
                {input}, conditions);
  if (!checked) return std::unexpected(checked.error());
  try {
    plan = WindowPlanner(engine, input, shape, faults).plan(sql, conditions);
  } catch (const json::exception& error) {
    faults.push_back({ErrorCode::kUnsupported,
                      std::string("DuckDB's parse tree has an unknown form: ") + error.what()});
  }
  if (!faults.empty()) return std::unexpected(std::move(faults));
  return plan;
}

}  // namespace daybook::sql
