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
// Columns that are made of aggregates (sum(a) / count(*), CASE WHEN max(x) > 3 ...), and HAVING,
// are computed from the merged values by the finish query, over the groups that a batch has
// touched.
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
#include "sql/fold_function.h"
#include "sql/input.h"

namespace daybook::sql {

inline constexpr int kNone = -1;

// One aggregate of the SELECT. The ints are columns of the partial query, or kNone.
struct Aggregate {
  AggregateKind kind = AggregateKind::kCount;
  ColumnType type;        // of its value
  ColumnType state_type;  // of sum and avg: the sum's; of a list: its elements'; else the value's
  int value = kNone;      // the batch's count (a difference), sum, minimum, maximum, first or last
  int minus = kNone;      // over changes: the sum of what is taken back
  int count = kNone;  // of sum over changes, and of avg: values that are not NULL (a difference)
  int order = kNone;  // of first and last: _order of the chosen row
  int by = kNone;     // of first and last with an order of their own: what the row sorts by
  // The side query: over changes of min, max and what is chosen; always of stddev, of an
  // approximate count, and of a list.
  int side = kNone;
  int bound = 0;          // of a list: how many values it has at most
  bool from_end = false;  // of a list: the last of its order, otherwise the first
};

// What one output column shows.
struct FoldColumn {
  enum class Source : std::uint8_t { kGroup, kAggregate, kComputed, kRow };

  std::string name;
  ColumnType type;
  Source source = Source::kRow;
  std::size_t index = 0;  // of the group, the aggregate, the finish query's or partial column
};

// A second query over the batch, for what needs every value. Its columns are the groups, then
//   kValues, kSpread:     value, (difference of) its count
//   kRows, kOrderedRows:  _key, _sign, _order, value; one row per row of the batch, in order;
//                         kOrderedRows: and what it sorts by, as text
//   kHashes:              a hash of 64 bits of each value that is not NULL, once or more
//   kTopRows:             what it sorts by, as text, _order, value; `bound` rows of a group at most
// kSpread and kHashes are merged into the row, the others are stored: they can only be taken back
// if they are known, and of the rows of a list, those that stay are chosen.
struct SideQuery {
  enum class Kind : std::uint8_t { kValues, kRows, kOrderedRows, kTopRows, kSpread, kHashes };
  Kind kind = Kind::kValues;
  std::string sql;
  ColumnType type;        // of the value
  int bound = 0;          // kTopRows: how many rows a group keeps
  bool from_end = false;  // kTopRows: the last of them, otherwise the first

  // Where the value is, counted from the groups.
  std::size_t value_column() const { return has_rows() ? 3 : kind == Kind::kTopRows ? 2 : 0; }
  bool is_stored() const { return kind != Kind::kSpread && kind != Kind::kHashes; }
  bool has_rows() const { return kind == Kind::kRows || kind == Kind::kOrderedRows; }
};

struct FoldPlan {
  // kLatest: the partial query gives the output columns, then _sign and _order, in order.
  enum class Mode : std::uint8_t { kGroups, kLatest };

  Mode mode = Mode::kGroups;
  bool retracts = false;  // rows may be taken back; then the first column after the groups is the
                          // difference of the group's row count
  std::string partial_sql;
  // The key of the row that a row of the batch counts in, for each; then _sign and _order, in
  // order. Run only for those who ask which rows an event touches.
  std::string touches_sql;
  std::vector<ColumnType> groups;  // in the order of GROUP BY; kLatest: none
  std::vector<Aggregate> aggregates;
  std::vector<SideQuery> sides;
  // Reads table daybook_groups and gives the number of the row, then the computed columns, for
  // every row that passes HAVING. Empty if nothing is computed.
  std::string finish_sql;
  bool has_having = false;
  std::vector<FoldColumn> columns;  // the output
  // Rows whose time lies more than this before the newest event are forgotten; 0: never. Their time
  // is that of their event (kLatest), or of the only group that is a time.
  std::int64_t keep_ms = 0;
  std::size_t time_group = 0;    // into groups
  std::vector<std::string> key;  // names of output columns
  // What the result depends on, as text: a view whose stored one differs must be built anew.
  std::string fingerprint;
};

using Faults = std::vector<Error>;

// The plan of `sql` over the engine's input, which has been set to `schema` under `input`.
std::expected<FoldPlan, Faults> plan_fold(Engine& engine, const std::string& sql,
                                          const std::string& input, const InputSchema& schema,
                                          const std::vector<std::string>& key,
                                          std::int64_t keep_ms = 0);

// What can be said about it while the columns of the input are unknown.
Faults check_fold(Engine& engine, const std::string& sql, const std::string& input,
                  const std::vector<std::string>& key);

}  // namespace daybook::sql
