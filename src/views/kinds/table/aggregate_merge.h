// How the part that a batch gives merges into what a group has: pure arithmetic on one row.

#pragma once

#include <vector>

#include "base/result.h"
#include "sql/cell.h"
#include "sql/fold_plan.h"
#include "views/event_place.h"
#include "views/kinds/table/table_layout.h"

namespace daybook::views::table {

void store_place(std::vector<sql::Cell>& row, int at, const EventPlace& place);
EventPlace load_place(const std::vector<sql::Cell>& row, int at);

// Merges one row of the partial query into `row`, the stored columns of its group; NULL everywhere
// if the group is new. `place` is that of the row that first or last chose. kInvalid if a sum
// leaves its type's range. Aggregates with sides are not touched.
Status merge_aggregate(const sql::Aggregate& aggregate, const StoredAggregate& stored,
                       const std::vector<sql::Cell>& part, const EventPlace& place,
                       std::vector<sql::Cell>& row);

// `times` more (or less) of a value that a standard deviation or variance is over.
void merge_spread(const StoredAggregate& stored, double value, std::int64_t times,
                  std::vector<sql::Cell>& row);
// Makes it what is shown.
void show_spread(const sql::Aggregate& aggregate, const StoredAggregate& stored,
                 std::vector<sql::Cell>& row);

// Adds a difference to a count; NULL counts as 0.
void add_count(sql::Cell& count, const sql::Cell& difference);

}  // namespace daybook::views::table
