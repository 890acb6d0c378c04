// A processor whose SQL aggregates over windows of time (WindowSpec). A window's rows are computed
// from all of its events at once, either when it closes, or at the end of each batch that has
// changed it.
//
// What windows there are, what is in them and when they close depends on the events before in the
// partition alone (flow/window/open_windows.h): not on batches, on other partitions or on the time
// of day. So open windows are a cache: when partitions are assigned they are read back from the
// log, as far as it matters, and the position of the group says which of them have been emitted.
//
// An event that comes when all windows of its time have closed is rejected as late. One that cannot
// be computed is rejected, and is in no window. A window whose rows cannot be computed is left out;
// the event that would have emitted it is rejected in its place, with the reason.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/log_client.h"
#include "client/schema.h"
#include "flow/processor_spec.h"
#include "flow/transform.h"
#include "sql/engine.h"
#include "sql/rows/row_plan.h"

namespace daybook::flow {

// `spec` has one input and a window.
Result<std::unique_ptr<Transform>> make_window_transform(
    client::LogClient& log, const ProcessorSpec& spec, const std::vector<client::Schema>& schemas);

// All that is wrong with the shape of the SQL.
std::vector<std::string> check_window_sql(sql::Engine& parser, const ProcessorSpec& spec,
                                          const sql::RowInput& input);

}  // namespace daybook::flow
