#include "sql/rows/row_expression.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "sql/select/expression_tree.h"

namespace daybook::sql {
namespace {

using nlohmann::json;

// Macros of DuckDB that are made of scalar functions.
constexpr auto kScalarMacros = std::to_array<std::string_view>(
    {"nullif", "ifnull", "split_part", "date_add", "list_append", "list_prepend", "array_append",
     "array_prepend", "array_push_back", "array_push_front", "fdiv", "fmod", "round_even",
     "roundbankers"});

// These come as column names.
constexpr auto kVolatileNames = std::to_array<std::string_view>(
    {"current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"});

}  // namespace

void RowExpression::refuse(std::string reason) {
  faults_.push_back({ErrorCode::kInvalid, std::move(reason)});
}

void RowExpression::check(const json& tree, const std::string& where, bool is_select_list) {
  if (tree.is_array()) {
    for (const auto& part : tree) check(part, where, is_select_list);
    return;
  }
  if (!tree.is_object()) return;
  const auto kind = tree.value("class", "");
  if (kind == "SUBQUERY") return refuse(where + ": a subquery reads more than one event");
  if (kind == "WINDOW" && !has_windows_) {
    return refuse(where +
                  ": a window function reads more than one event: it needs history: {by: COLUMN, "
                  "keep: TIME}");
  }
  if (kind == "PARAMETER") return refuse(where + ": there is nothing that fills in a parameter");
  if (kind == "STAR" && !is_select_list) return refuse(where + ": write the columns out, not *");
  if (kind == "FUNCTION") check_function(tree, where, is_select_list);
  if (kind == "COLUMN_REF" && tree["column_names"].size() == 1) {
    const std::string name = tree["column_names"][0];
    const auto is_it = [&](std::string_view other) { return same_name(name, other); };
    if (std::ranges::any_of(kVolatileNames, is_it)) {
      refuse(where + ": " + name +
             " gives another result when it is run again: use a column of the event, such as "
             "_timestamp");
    }
  }
  for (const auto& part : tree) check(part, where, is_select_list);
}

void RowExpression::check_function(const json& tree, const std::string& where,
                                   bool is_select_list) {
  const std::string name = tree["function_name"];
  if (name == "unnest") {
    if (!is_select_list) refuse(where + ": unnest is for the select list");
    return;
  }
  switch (classify(name)) {
    case Engine::FunctionClass::kAggregate:
      return refuse(where + ": " + name + " reads more than one event: make it a view");
    case Engine::FunctionClass::kVolatile:
      return refuse(where + ": " + name +
                    "() gives another result when it is run again: use a column of the event, "
                    "such as _timestamp");
    case Engine::FunctionClass::kOther:
      if (std::ranges::find(kScalarMacros, name) != kScalarMacros.end()) return;
      return refuse(where + ": " + name + " is not a function of one row");
    case Engine::FunctionClass::kUnknown:
      return refuse(where + ": there is no function " + name);
    case Engine::FunctionClass::kScalar:
      return;
  }
}

Engine::FunctionClass RowExpression::classify(const std::string& name) {
  const auto found = classes_.find(name);
  if (found != classes_.end()) return found->second;
  const auto answer = engine_.classify(name);
  return classes_[name] = answer.value_or(Engine::FunctionClass::kUnknown);
}

}  // namespace daybook::sql
