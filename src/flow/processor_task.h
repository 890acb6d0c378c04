// The loop of a processor: reads its topics as a member of a group, computes, and writes the
// results, the rejected events and the position behind the batch in one transaction. So each event
// counts once, whatever crashes, and several processes share the partitions of one processor: when
// one is gone, the others take over where it had committed.
//
// Whatever fails is shown in the status and tried again from the committed offsets, after a pause
// that grows to a bound.
//
// Threads: as flow/task.h.

#pragma once

#include <memory>

#include "client/log_client.h"
#include "client/transactions.h"
#include "flow/lookup/lookup_table.h"
#include "flow/processor_spec.h"
#include "flow/task.h"
#include "flow/transform.h"
#include "io/clock.h"

namespace daybook::flow {

// All but the spec and the identity outlive the task. `lookups` are the tables of the spec's: the
// loop begins when they have rows, and have got as far as its topics.
std::unique_ptr<Task> make_processor_task(client::LogClient& log,
                                          client::Transactions& transactions,
                                          const io::Clock& clock, ProcessorSpec spec,
                                          ProcessorIdentity identity, MakeTransform make,
                                          LookupTables lookups = {});

}  // namespace daybook::flow
