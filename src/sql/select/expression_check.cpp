#include "sql/select/expression_check.h"

#include <algorithm>
#include <array>

#include "sql/fold_function.h"
#include "sql/select/expression_tree.h"

namespace daybook::sql {

using nlohmann::json;

bool ExpressionCheck::contains_aggregate(const json& tree) {
  if (!tree.is_structured()) return false;
  if (is_aggregate(tree)) return true;
  return std::ranges::any_of(tree, [&](const json& part) { return contains_aggregate(part); });
}

void ExpressionCheck::check_row(const json& tree, const std::string& where) {
  if (!tree.is_structured()) return;
  if (is_expression(tree)) {
    if (is_aggregate(tree)) {
      return refuse(
          where + ": " + aggregate_name(tree) + " would be an aggregate inside one: " +
          (where == "WHERE" ? "filter groups with HAVING" : "select it as a column of its own"));
    }
    if (!check_node(tree, where)) return;
    if (tree["class"] == "COLUMN_REF") check_column(tree, where);
  }
  for (const auto& part : tree) check_row(part, where);
}

void ExpressionCheck::check_group(const json& tree, const std::vector<json>& groups,
                                  const std::string& where) {
  if (!tree.is_structured()) return;
  if (is_expression(tree)) {
    if (std::ranges::find(groups, stripped(tree)) != groups.end()) return;
    if (is_aggregate(tree)) return check_aggregate(tree);
    if (!check_node(tree, where)) return;
    if (tree["class"] == "COLUMN_REF") {
      const std::string name = tree["column_names"].back();
      return refuse(where + ": " + name +
                    " is neither an aggregate nor in GROUP BY: add it to GROUP BY, or write last(" +
                    name + ")");
    }
  }
  for (const auto& part : tree) check_group(part, groups, where);
}

void ExpressionCheck::check_aggregate(const json& tree) {
  const auto aggregate = read_aggregate(tree);
  if (!aggregate) return refuse(aggregate.error().message);
  const auto& call = aggregate->call;
  const std::string name = call["function_name"];
  for (const auto& child : call["children"]) check_row(child, name + "(...)");
  for (const auto& order : call["order_bys"]["orders"]) check_row(order["expression"], "ORDER BY");
  if (!call["filter"].is_null()) check_row(call["filter"], "FILTER");
}

bool ExpressionCheck::check_node(const json& tree, const std::string& where) {
  const std::string kind = tree["class"];
  if (kind == "SUBQUERY") {
    refuse(where +
           ": a subquery would read all of history again: leave it out and combine views when you "
           "query");
  } else if (kind == "WINDOW") {
    refuse(where + ": window functions cannot be folded into a view: use a processor");
  } else if (kind == "PARAMETER") {
    refuse(where + ": parameters cannot be used in a view");
  } else if (kind == "STAR") {
    refuse(where + ": write the columns out instead of *");
  } else {
    if (kind == "FUNCTION") check_function(tree, where);
    return true;
  }
  return false;
}

void ExpressionCheck::check_function(const json& tree, const std::string& where) {
  const std::string name = tree["function_name"];
  const auto kind = classify(name);
  if (kind == Engine::FunctionClass::kVolatile) {
    refuse(where + ": " + name +
           "() gives another result when the view is rebuilt: use a column of the event, such as "
           "_timestamp");
  } else if (kind == Engine::FunctionClass::kUnknown) {
    refuse(where + ": there is no function " + name);
  } else if (const auto reason = why_not_in_expression(name); !reason.empty()) {
    refuse(where + ": " + name + " cannot be folded: " + std::string(reason));
  }
}

// CURRENT_DATE and its like come as column names.
void ExpressionCheck::check_column(const json& tree, const std::string& where) {
  constexpr auto kVolatile = std::to_array<std::string_view>(
      {"current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"});
  const auto name = lower(tree["column_names"].back());
  if (std::ranges::find(kVolatile, name) == kVolatile.end() || is_input_column(name)) return;
  refuse(where + ": " + name +
         " gives another result when the view is rebuilt: use a column of the event, such as "
         "_timestamp");
}

bool ExpressionCheck::is_input_column(const std::string& name) const {
  return std::ranges::any_of(columns_,
                             [&](const std::string& column) { return same_name(column, name); });
}

Engine::FunctionClass ExpressionCheck::classify(const std::string& name) {
  const auto found = classes_.find(name);
  if (found != classes_.end()) return found->second;
  const auto answer = engine_.classify(name);
  return classes_[name] = answer.value_or(Engine::FunctionClass::kUnknown);
}

}  // namespace daybook::sql
