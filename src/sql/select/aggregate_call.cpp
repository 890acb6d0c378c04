#include "sql/select/aggregate_call.h"

#include <cstdint>
#include <optional>
#include <string>

#include "sql/select/expression_tree.h"

namespace daybook::sql {
namespace {

using nlohmann::json;

bool is_list(const json& tree) {
  if (!is_expression(tree) || tree["class"] != "FUNCTION") return false;
  const auto function = fold_function(tree.value("function_name", ""));
  return function && function->kind == AggregateKind::kList;
}

// As DuckDB's parser writes list(x ORDER BY x): list_sort(list(x), 'DESCENDING', 'NULLS FIRST').
bool is_sorted_list(const json& tree) {
  if (!is_expression(tree) || tree["class"] != "FUNCTION" ||
      tree.value("function_name", "") != "list_sort" || tree["children"].size() != 3) {
    return false;
  }
  const auto& parts = tree["children"];
  const auto is_text = [](const json& part) {
    return part["class"] == "CONSTANT" && part["value"].contains("value") &&
           part["value"]["value"].is_string();
  };
  return is_list(parts[0]) && parts[0]["order_bys"]["orders"].empty() &&
         parts[0]["children"].size() == 1 && is_text(parts[1]) && is_text(parts[2]);
}

// The call of the list as the user wrote it.
json list_call(const json& tree) {
  if (!is_sorted_list(tree)) return tree;
  const auto& parts = tree["children"];
  json call = parts[0];
  call["order_bys"]["orders"].push_back({{"type", parts[1]["value"]["value"]},
                                         {"null_order", parts[2]["value"]["value"]},
                                         {"expression", call["children"][0]}});
  return call;
}

bool is_list_slice(const json& tree) {
  if (tree["class"] != "OPERATOR" || tree.value("type", "") != "ARRAY_SLICE") return false;
  const auto& sliced = tree["children"][0];
  return is_list(sliced) || is_sorted_list(sliced);
}

std::optional<std::int64_t> whole_number(const json& tree) {
  if (tree["class"] != "CONSTANT" || tree["value"].value("is_null", true)) return std::nullopt;
  const auto& value = tree["value"]["value"];
  if (!value.is_number_integer()) return std::nullopt;
  return value.get<std::int64_t>();
}

// As DuckDB's parser has it: an empty list.
bool is_left_out(const json& tree) {
  return tree["class"] == "CONSTANT" && tree["value"]["type"].value("id", "") == "LIST";
}

bool is_bound(const std::optional<std::int64_t>& count) {
  return count && *count >= 1 && *count <= kMaxListValues;
}

std::unexpected<Error> refused(std::string why) {
  return fail(ErrorCode::kInvalid, std::move(why));
}

std::string how_many() {
  return "written as a number from 1 to " + std::to_string(kMaxListValues);
}

Status check_call(const json& tree, const std::string& name, const FoldFunction& function) {
  if (tree.value("distinct", false)) return refused(why_not_distinct(name));
  if (!tree["order_bys"]["orders"].empty() && function.by_argument != nullptr) {
    return refused(name + "(... ORDER BY ...) cannot be folded: " +
                   (function.arguments == 2 ? "its second argument is the order"
                                            : "the values themselves are the order"));
  }
  const auto arguments = tree["children"].size();
  const bool counts_rows = name == "count" && arguments == 0;
  if (counts_rows || arguments == static_cast<std::size_t>(function.arguments)) return {};
  return refused(name + " with " + std::to_string(arguments) +
                 " arguments cannot be folded: write " + name +
                 (function.arguments == 2 ? "(value, order)" : "(value)"));
}

Result<AggregateCall> read_slice(const json& tree) {
  const auto& parts = tree["children"];
  AggregateCall list;
  list.call = list_call(parts[0]);
  const std::string name = list.call["function_name"];
  list.function = *fold_function(name);
  const auto begin = whole_number(parts[1]);
  const auto end = whole_number(parts[2]);
  const bool has_step = parts.size() > 3;
  if (!has_step && is_bound(end) && (begin == 1 || is_left_out(parts[1]))) {
    list.bound = static_cast<int>(*end);
  } else if (!has_step && begin && *begin < 0 && *begin >= -kMaxListValues &&
             is_left_out(parts[2])) {
    list.bound = static_cast<int>(-*begin);
    list.from_end = true;
  } else {
    return refused("this part of " + name + "(...) cannot be folded: write " + name +
                   "(...)[1:n] for the first n values or " + name + "(...)[-n:] for the last, n " +
                   how_many());
  }
  DAYBOOK_TRY_VOID(check_call(list.call, name, list.function));
  return list;
}

}  // namespace

bool is_aggregate(Engine& engine, const json& tree) {
  if (!is_expression(tree)) return false;
  if (tree["class"] != "FUNCTION") return is_list_slice(tree);
  return engine.classify(tree.value("function_name", ""))
             .value_or(Engine::FunctionClass::kUnknown) == Engine::FunctionClass::kAggregate;
}

std::string aggregate_name(const json& tree) {
  return is_list_slice(tree) ? list_call(tree["children"][0])["function_name"]
                             : tree["function_name"];
}

Result<AggregateCall> read_aggregate(const json& tree) {
  if (is_list_slice(tree)) return read_slice(tree);
  const std::string name = tree["function_name"];
  const auto function = fold_function(name);
  if (!function || function->kind == AggregateKind::kList) return refused(why_not_folded(name));
  AggregateCall aggregate{*function, tree};
  auto& arguments = aggregate.call["children"];
  if (function->top != nullptr &&
      arguments.size() == static_cast<std::size_t>(function->arguments) + 1) {
    const auto count = whole_number(arguments.back());
    if (!is_bound(count)) {
      return refused(name + " cannot be folded: how many values it gives must be " + how_many());
    }
    aggregate.bound = static_cast<int>(*count);
    aggregate.function = list_of(*function);
    arguments.erase(arguments.size() - 1);
  }
  DAYBOOK_TRY_VOID(check_call(aggregate.call, name, aggregate.function));
  return aggregate;
}

}  // namespace daybook::sql
