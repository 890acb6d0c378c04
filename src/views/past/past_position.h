// Which position an earlier moment of a view stands for, and whether the log still has what the
// view had read by then. What it showed is known only if every event below the position is still
// there.
//
// Threads: any.

#pragma once

#include "base/result.h"
#include "client/log_client.h"
#include "views/lineage/explanation.h"
#include "views/view_spec.h"

namespace daybook::views {

// A time stands for the events up to it, in each partition the first ones. `latest` is where the
// view is. kInvalid: it has not been there.
Result<client::Position> past_position(client::LogClient& log, const ViewSpec& spec,
                                       const client::Position& latest, const AsOf& as_of);

// kUnsupported, saying what is gone: retention, DeleteRecords or compaction took events below it.
// What is asked before a replay is asked once more behind it.
Status check_events_below(client::LogClient& log, const ViewSpec& spec,
                          const client::Position& position);

// Where the log begins, of those partitions whose first events are gone.
Result<client::Position> cut_off(client::LogClient& log, const client::Position& position);

// After a walk up to `end`: that it has come there. kTimedOut if a bound was hit, `stopped_by`,
// with `advice` on what to do; kUnsupported if the log has no more.
Status check_walked(const ViewSpec& spec, const client::Position& end,
                    const client::Position& reached, const std::string& stopped_by,
                    const std::string& advice);

}  // namespace daybook::views
