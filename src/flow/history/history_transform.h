// A processor whose SQL sees, beside each event, the earlier ones of its key (HistorySpec): window
// functions over them are exact, whatever the order in which events come, however batches are cut
// and whatever crashes, because every event stands with its history in a group of its own, and what
// its history is depends on the events before it in its partition alone.
//
// What is remembered is a cache: when partitions are assigned it is read back from the log. The
// events of a key must be in one partition, as they are when the key is what decides it.
//
// An event that cannot be computed with its history is rejected, and is not part of later
// histories.

#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "client/log_client.h"
#include "client/schema.h"
#include "flow/lookup/bound_lookups.h"
#include "flow/processor_spec.h"
#include "flow/transform.h"

namespace daybook::flow {

// `spec` has one input and a history.
Result<std::unique_ptr<Transform>> make_history_transform(
    client::LogClient& log, const ProcessorSpec& spec, const std::vector<client::Schema>& schemas,
    BoundLookups lookups);

}  // namespace daybook::flow
