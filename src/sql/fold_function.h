// DuckDB's aggregate functions as a fold sees them: which can be kept up to date from batches, and
// by which of the kinds of aggregate, and why the others cannot, with what to write instead.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace daybook::sql {

enum class AggregateKind : std::uint8_t {
  kCount,
  kSum,
  kAvg,
  kMin,
  kMax,
  kFirst,
  kLast,
  kVarPop,
  kVarSamp,
  kStddevPop,
  kStddevSamp,
  kList,
  kDistinct,
};

// How many values a list has at most.
inline constexpr int kMaxListValues = 1000;

bool is_chosen(AggregateKind kind);  // first, last, list
bool is_spread(AggregateKind kind);  // variance, standard deviation

struct FoldFunction {
  // Which rows count, beside those of the FILTER.
  enum class Rows : std::uint8_t { kAll, kNotNull, kBothNotNull, kOrderNotNull };

  AggregateKind kind = AggregateKind::kCount;
  int arguments = 1;
  Rows rows = Rows::kAll;
  // arg_min and arg_max: the row with the smallest ("ASC") or largest ("DESC") last argument.
  const char* by_argument = nullptr;
  bool keeps_order = false;  // ORDER BY in its parentheses has a meaning
  // With one more argument, how many: a list from the smallest ("ASC") or largest ("DESC") on.
  const char* top = nullptr;
};

// Nothing if the function cannot be folded. `name` in lower case.
std::optional<FoldFunction> fold_function(std::string_view name);

// What a function with `top` is when it is asked for several values.
FoldFunction list_of(const FoldFunction& function);

// Why a function that cannot be folded cannot be, and what to write instead.
std::string why_not_folded(std::string_view name);
std::string why_not_distinct(std::string_view name);

// Scalar functions and macros that are no expressions of one row: the reason, or empty.
std::string_view why_not_in_expression(std::string_view name);

}  // namespace daybook::sql
