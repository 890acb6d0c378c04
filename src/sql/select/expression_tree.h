// Expressions as DuckDB's parse tree has them, in JSON: compared, changed, and turned into text
// again. Included by this room's sources only.

#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sql/engine.h"

namespace daybook::sql {

std::string lower(std::string text);
bool same_name(std::string_view a, std::string_view b);  // whatever their case
std::string quoted_name(std::string_view name);

// Two expressions are the same if these are equal: no alias, no places in the text, no qualifier in
// front of column names (there is one table only), names in lower case.
nlohmann::json stripped(const nlohmann::json& tree);

nlohmann::json column_reference(const std::string& name);

// Whether the tree is a node of an expression, not a list or a detail of one.
bool is_expression(const nlohmann::json& tree);

// The tree with every expression in it for which `change` gives another one replaced, from the
// outside in; what was replaced is not looked into.
template <class Change>
nlohmann::json replaced(const nlohmann::json& tree, const Change& change) {
  if (is_expression(tree)) {
    if (auto other = change(tree); !other.is_null()) return other;
  }
  if (!tree.is_structured()) return tree;
  auto out = tree;
  for (auto& part : out) part = replaced(part, change);
  return out;
}

// The SQL text of an expression.
Result<std::string> expression_text(Engine& engine, const nlohmann::json& tree);

}  // namespace daybook::sql
