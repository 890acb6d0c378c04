// One aggregate of a SELECT as DuckDB's parse tree has it, and what a fold makes of it. Most are
// the call of a function. A list has a bound, as it would grow with every event otherwise: it is
// the beginning or the end of list(x) or array_agg(x), [1:n] or [-n:], or what min, max, arg_min
// and arg_max give when they are asked for n values.
//
// Used while one SELECT is read; one thread. Included by this room's sources only.

#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "base/result.h"
#include "sql/engine.h"
#include "sql/fold_function.h"

namespace daybook::sql {

struct AggregateCall {
  FoldFunction function;
  nlohmann::json call;    // of the function, without the bound
  int bound = 0;          // of a list: how many values it has at most
  bool from_end = false;  // of a list: the last of them in its order, otherwise the first
};

// Whether the node is an aggregate, folded or not: the slice of a list with the list.
bool is_aggregate(Engine& engine, const nlohmann::json& tree);

std::string aggregate_name(const nlohmann::json& tree);  // of its function

// kInvalid, with the reason and what to write instead, if it cannot be folded. What is inside of it
// is not looked at.
Result<AggregateCall> read_aggregate(const nlohmann::json& tree);

}  // namespace daybook::sql
