// What a processor may compute of events one by one: from the SELECT that a user writes, statements
// whose rows come from single events, so that the result cannot depend on where batches were cut.
//
//   SELECT id, amount * 2 AS twice FROM tx WHERE amount > 0
//   UNION ALL
//   SELECT id, unnest(parts) FROM orders
//
// becomes one statement for each SELECT, over the one input that it reads, with _order before the
// columns: the event that made the row. Expressions, WHERE, unnest in the select list and a
// subquery in FROM are what there may be. What reads more than one event (aggregates, windows,
// DISTINCT, ORDER BY, LIMIT, joins) and what gives another result when it is run again (now(),
// random()) is refused by name.
//
// With history (flow/history/history_transform.h) the rows of an event stand in a group with those
// of earlier events of its key. Window functions are then computed within the group, and only the
// event's own rows are in the result: QUALIFY _new.
//
// Rows that are looked up (sql/rows/row_lookup.h) are joined to the SELECTs that name them.
//
// Of a change topic a SELECT sees the rows as they are after changes; one that names _sign sees
// those before as well.

#pragma once

#include <expected>
#include <string>
#include <vector>

#include "base/result.h"
#include "sql/engine.h"
#include "sql/rows/row_lookup.h"

namespace daybook::sql {

struct RowInput {
  std::string name;  // what the SQL calls it
  bool is_change = false;
};

// One SELECT; its first column is _order.
struct RowQuery {
  std::size_t input = 0;  // index into the inputs
  std::string sql;
  std::vector<std::size_t> lookups = {};  // that it joins: their numbers
};

struct RowPlan {
  std::vector<RowQuery> queries;
  std::vector<LookupUse> lookups = {};  // that the queries join

  // Those that the queries of an input join.
  std::vector<LookupUse> lookups_of(std::size_t input) const;
};

// `conditions` are further columns of truth values, computed from the columns of the result: they
// come last, named kConditionName and their number. The engine only parses; it needs no input.
inline constexpr const char* kConditionName = "_when_";
std::expected<RowPlan, std::vector<Error>> plan_rows(Engine& engine, const std::string& sql,
                                                     const std::vector<RowInput>& inputs,
                                                     const std::vector<std::string>& conditions,
                                                     bool with_history = false,
                                                     const std::vector<RowLookup>& lookups = {});

}  // namespace daybook::sql
