// What the broker has done since it started, as plain counters that any thread may read at any
// time. They are kept by the threads that do the work, without a lock; two read one after the other
// may be an instant apart.

#pragma once

#include <atomic>
#include <cstdint>

namespace daybook::broker {

using Counter = std::atomic<std::int64_t>;

struct Metrics {
  Counter connections_open = 0;
  Counter connections_accepted = 0;
  Counter connections_refused = 0;  // over the bound on connections
  Counter connections_dropped = 0;  // closed by us: garbage, too large, idle, an unknown request
  Counter requests = 0;
  Counter request_bytes = 0;
  Counter response_bytes = 0;
  Counter produced_batches = 0;
  Counter produced_records = 0;
  Counter produced_bytes = 0;
  Counter produce_refusals = 0;  // partitions of produce requests that were answered with an error
  Counter fetched_bytes = 0;
  Counter fetches_waiting = 0;  // long polls that wait now
  Counter fetch_sessions = 0;   // that are remembered
  Counter disk_fetches = 0;     // that had to wait for the disk
  // Held now of the memory that all connections share (memory_budget.h).
  Counter request_memory_bytes = 0;
  Counter response_memory_bytes = 0;
  Counter groups = 0;
  Counter group_members = 0;
  Counter group_rebalances = 0;
  Counter offsets_committed = 0;
  Counter catalog_transactions = 0;  // each one durable; shared by all decisions that were waiting
  Counter topics = 0;
  Counter partitions = 0;
  Counter removed_segments = 0;  // by retention, and because their records were deleted
  Counter removed_bytes = 0;     // the same, and by compaction
  Counter compactions = 0;       // of partitions
  Counter compacted_bytes = 0;   // that they have looked at
  Counter cleaning_failures = 0;
  Counter partitions_faulty = 0;  // their files could not be opened or written
};

}  // namespace daybook::broker
