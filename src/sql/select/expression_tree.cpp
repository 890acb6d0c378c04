#include "sql/select/expression_tree.h"

#include <algorithm>
#include <cctype>

namespace daybook::sql {

using nlohmann::json;

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

std::string quoted_name(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"') out += c;
    out += c;
  }
  return out += '"';
}

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

json column_reference(const std::string& name) {
  return json{{"class", "COLUMN_REF"},
              {"type", "COLUMN_REF"},
              {"alias", ""},
              {"query_location", 0},
              {"column_names", json::array({name})}};
}

bool is_expression(const json& tree) {
  return tree.is_object() && tree.contains("class");
}

Result<std::string> expression_text(Engine& engine, const json& tree) {
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

}  // namespace daybook::sql
