// What a processor may compute of windows of events: from the aggregating SELECT that a user
// writes, two statements.
//
//   SELECT card_id, _window_start, count(*) AS payments, sum(amount) AS total
//   FROM tx WHERE amount > 0 GROUP BY card_id
//
// One gives the rows of windows: the SELECT, grouped by the window as well. The events that it is
// run over have in _group the start of the window that they stand in, in milliseconds; the key and
// the partition make it one. The other computes of each event by itself its key, and whatever the
// aggregates are of, so that an event for which that fails is found before it is part of a window;
// an event that WHERE leaves out has no row there.
//
// _window_start and _window_end are what they say, in columns window_start and window_end if the
// SQL does not name them.
//
// Rows that may be taken back must have a _key of their own, which names the window.
//
// What would read more than a window, or give another result when it is run again, is refused by
// name.

#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "base/result.h"
#include "sql/engine.h"
#include "sql/rows/row_plan.h"

namespace daybook::sql {

struct WindowShape {
  std::string by;            // an expression over an event: the windows' key
  std::int64_t size_ms = 0;  // from the start to the end; of a session, from its last event
  bool is_session = false;
  bool withdraws = false;  // rows that were written are taken back, by their keys
};

struct WindowPlan {
  std::string events;   // columns: _order, the key as VARCHAR, and what is of no interest
  std::string windows;  // columns: _order of the first event, those of the SELECT, the conditions
};

// `conditions` as for plan_rows(). The engine only parses; it needs no input.
std::expected<WindowPlan, std::vector<Error>> plan_windows(
    Engine& engine, const std::string& sql, const RowInput& input, const WindowShape& shape,
    const std::vector<std::string>& conditions);

}  // namespace daybook::sql
