#include "sql/fold_function.h"

#include <algorithm>
#include <array>

namespace daybook::sql {
namespace {

using Kind = AggregateKind;
using enum FoldFunction::Rows;

struct Entry {
  std::string_view name;
  FoldFunction function;
};

constexpr auto kFunctions = std::to_array<Entry>({
    {"count", {Kind::kCount, 1, kNotNull}},
    {"count_star", {Kind::kCount, 0}},
    {"count_if", {Kind::kSum}},  // of booleans: NULL if it has met none
    {"countif", {Kind::kSum}},
    {"sum", {Kind::kSum}},
    {"avg", {Kind::kAvg}},
    {"mean", {Kind::kAvg}},
    {"min", {Kind::kMin, 1, kAll, nullptr, false, "ASC"}},
    {"max", {Kind::kMax, 1, kAll, nullptr, false, "DESC"}},
    {"bool_and", {Kind::kMin}},
    {"bool_or", {Kind::kMax}},
    {"first", {Kind::kFirst, 1, kAll, nullptr, true}},
    {"arbitrary", {Kind::kFirst, 1, kAll, nullptr, true}},
    {"last", {Kind::kLast, 1, kAll, nullptr, true}},
    {"any_value", {Kind::kFirst, 1, kNotNull, nullptr, true}},
    {"arg_min", {Kind::kFirst, 2, kBothNotNull, "ASC", false, "ASC"}},
    {"argmin", {Kind::kFirst, 2, kBothNotNull, "ASC", false, "ASC"}},
    {"min_by", {Kind::kFirst, 2, kBothNotNull, "ASC", false, "ASC"}},
    {"arg_min_null", {Kind::kFirst, 2, kOrderNotNull, "ASC"}},
    {"arg_max", {Kind::kFirst, 2, kBothNotNull, "DESC", false, "DESC"}},
    {"argmax", {Kind::kFirst, 2, kBothNotNull, "DESC", false, "DESC"}},
    {"max_by", {Kind::kFirst, 2, kBothNotNull, "DESC", false, "DESC"}},
    {"arg_max_null", {Kind::kFirst, 2, kOrderNotNull, "DESC"}},
    {"var_pop", {Kind::kVarPop}},
    {"var_samp", {Kind::kVarSamp}},
    {"variance", {Kind::kVarSamp}},
    {"stddev_pop", {Kind::kStddevPop}},
    {"stddev_samp", {Kind::kStddevSamp}},
    {"stddev", {Kind::kStddevSamp}},
    {"list", {Kind::kList, 1, kAll, nullptr, true}},
    {"array_agg", {Kind::kList, 1, kAll, nullptr, true}},
    {"approx_count_distinct", {Kind::kDistinct}},
});

struct Refusal {
  std::string_view names;  // each between spaces
  std::string_view reason;
};

constexpr auto kRefusals = std::to_array<Refusal>({
    {" median quantile quantile_cont quantile_disc approx_quantile reservoir_quantile mad mode ",
     "it needs every value of the group: count in ranges with GROUP BY, or compute it when you "
     "query a view that keeps the rows"},
    {" entropy histogram histogram_exact approx_top_k ",
     "it needs every value of the group: make a view grouped by the value as well and compute it "
     "when you query"},
    {" list array_agg ",
     "it would grow with every event: say how many values it may have at most, as in "
     "list(...)[1:100] or list(... ORDER BY ...)[-100:], or keep the rows in a view and put them "
     "together when you query"},
    {" string_agg group_concat listagg json_group_array json_group_object map "
     "json_group_structure ",
     "it would grow with every event: make it of a list that has a bound, as in "
     "array_to_string(list(...)[1:100], ', '), or keep the rows in a view and put them together "
     "when you query"},
    {" product geomean geometric_mean ",
     "a product of rounded numbers cannot take a row back: select sum(ln(x)) and use exp() when "
     "you query"},
    {" covar_pop covar_samp corr regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope "
     "regr_sxx regr_sxy regr_syy ",
     "it is made of sums: select sum(x), sum(y), sum(x * y), sum(x * x) and count(*), and compute "
     "with them"},
    {" skewness kurtosis kurtosis_pop sem ",
     "it is made of sums of powers: select sum(x), sum(x * x), ... and count(*), and compute with "
     "them"},
    {" fsum kahan_sum sumkahan favg sum_no_overflow ",
     "sum and avg are exact over whole numbers and decimals, and lose nothing to rounding between "
     "batches: write those"},
    {" wavg weighted_avg ", "write sum(x * weight) / sum(weight)"},
    {" bit_and bit_or bit_xor bitstring_agg ",
     "bits cannot be taken back one row at a time: use bool_and(...) or bool_or(...) for each bit"},
});

constexpr auto kNotInExpression = std::to_array<Refusal>({
    {" unnest unlist generate_subscripts ",
     "makes several rows of one, and a view could not tell them apart: use a processor"},
});

const Refusal* find(auto& refusals, std::string_view name) {
  const auto padded = " " + std::string(name) + " ";
  const auto found = std::ranges::find_if(refusals, [&](const Refusal& refusal) {
    return refusal.names.find(padded) != std::string_view::npos;
  });
  return found == refusals.end() ? nullptr : &*found;
}

}  // namespace

bool is_chosen(AggregateKind kind) {
  return kind == Kind::kFirst || kind == Kind::kLast || kind == Kind::kList;
}

bool is_spread(AggregateKind kind) {
  return kind == Kind::kVarPop || kind == Kind::kVarSamp || kind == Kind::kStddevPop ||
         kind == Kind::kStddevSamp;
}

std::optional<FoldFunction> fold_function(std::string_view name) {
  const auto found = std::ranges::find(kFunctions, name, &Entry::name);
  if (found == kFunctions.end()) return std::nullopt;
  return found->function;
}

FoldFunction list_of(const FoldFunction& function) {
  return {AggregateKind::kList, function.arguments, function.rows, function.top};
}

std::string why_not_folded(std::string_view name) {
  const auto* refusal = find(kRefusals, name);
  return std::string(name) + " cannot be folded: " +
         (refusal != nullptr
              ? std::string(refusal->reason)
              : "a view's aggregates are count, sum, avg, min, max, first, last, any_value, "
                "arg_min, arg_max, bool_and, bool_or, stddev, variance, approx_count_distinct and "
                "lists that have a bound; publish what it needs to a topic, or compute it when you "
                "query");
}

std::string why_not_distinct(std::string_view name) {
  return std::string(name) +
         "(DISTINCT ...) cannot be folded without keeping every value: make a view grouped by the "
         "value as well, and " +
         (name == "count" ? "count its rows" : "compute it over its rows") + " when you query";
}

std::string_view why_not_in_expression(std::string_view name) {
  const auto* refusal = find(kNotInExpression, name);
  if (refusal == nullptr) refusal = find(kRefusals, name);  // macros that are made of aggregates
  return refusal == nullptr ? std::string_view() : refusal->reason;
}

}  // namespace daybook::sql
