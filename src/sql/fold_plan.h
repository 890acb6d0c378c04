// The fold planner: from the SELECT that a user writes to how its result is kept up to date from
// batches of events, without ever reading the past again.
//
//   SELECT account_id, sum(amount) AS balance, max(paid_at) AS last_at FROM tx GROUP BY account_id
//
// becomes a partial query, run over each batch, and for every aggregate the way in which its part
// merges into the value that the view has. Over a change topic each row before a change is taken
// back: counts and sums subtract it; min and max take it out of the multiset of values that the
// view keeps for them; first and last take its row out of the rows that they choose from. Those are
// the plan's sides.
//
// A SELECT without GROUP BY and aggregates keeps the latest row per key.
//
// What cannot be kept up to date exactly is refused, with the reason and what to write instead.
// See docs/formats/view.md for what is stored.

#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "base/result.h"
#include "sql/column_type.h"
#include "sql/engine.h"
#include "sql/input.h"

namespace daybook::sql {

inline constexpr int kNone = -1;

enum class AggregateKind : std::uint8_t { kCount, kSum, kAvg, kMin, kMax, kFirst, kLast };

// One aggregate of the SELECT list. The ints are columns of the partial query, or kNone.
struct Aggregate {
  AggregateKind kind = AggregateKind::kCount;
  ColumnType state_type;  // of sum and avg: the sum's; of the others: the output's
  int value = kNone;      // the batch's count (a difference), sum, minimum, maximum, first or last
  int minus = kNone;      // over changes: the sum of what is taken back
  int count = kNone;  // of sum over changes, and of avg: values that are not NULL (a difference)
  int order = kNone;  // of first and last: _order of the chosen row
  int side = kNone;   // over changes: the side query of min, max, first, last
};

// What one output column shows.
struct FoldColumn {
  std::string name;
  ColumnType type;
  bool is_group = false;
  std::size_t index = 0;  // into groups (columns 0… of the partial query) or into aggregates
};

// A second query over the batch, for what can only be taken back if every value is known. Its
// columns are the groups, then
//   kValues: value, difference of its count
//   kRows:   _key, _sign, _order, value; one row per row of the batch, in order
struct SideQuery {
  enum class Kind : std::uint8_t { kValues, kRows };
  Kind kind = Kind::kValues;
  std::string sql;
  ColumnType type;  // of the value
};

struct FoldPlan {
  // kLatest: the partial query gives the output columns, then _sign and _order, in order.
  enum class Mode : std::uint8_t { kGroups, kLatest };

  Mode mode = Mode::kGroups;
  bool retracts = false;  // rows may be taken back; then the first column after the groups is the
                          // difference of the group's row count
  std::string partial_sql;
  std::vector<ColumnType> groups;  // in the order of GROUP BY; kLatest: none
  std::vector<Aggregate> aggregates;
  std::vector<SideQuery> sides;
  std::vector<FoldColumn> columns;  // the output; kLatest: index is that of the partial column
  std::vector<std::string> key;     // names of output columns
  // What the result depends on, as text: a view whose stored one differs must be built anew.
  std::string fingerprint;
};

using Faults = std::vector<Error>;

// The plan of `sql` over the engine's input, which has been set to `schema` under `input`.
std::expected<FoldPlan, Faults> plan_fold(Engine& engine, const std::string& sql,
                                          const std::string& input, const InputSchema& schema,
                                          const std::vector<std::string>& key);

// What can be said about it while the columns of the input are unknown.
Faults check_fold(Engine& engine, const std::string& sql, const std::string& input,
                  const std::vector<std::string>& key);

}  // namespace daybook::sql
