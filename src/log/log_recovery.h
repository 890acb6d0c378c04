// Opens the files of a partition as the last process left them. First everything is read and judged
// and nothing is changed; only then, if nothing durable is damaged, a torn tail is cut, segments
// behind it are removed, and the indexes of what was scanned are brought up to date.
//
// What is known to be durable: what the newest valid producer snapshot names (it is written after
// the log up to it was synced: it is the checkpoint), and what the file `durable-end` notes. The
// scan begins at the checkpoint. A folder without any snapshot was not written by Daybook: all of
// it is scanned, and all but the tail of its last segment counts as durable.
//
// Before all of this the segments are completed with what was durable in the journal and perhaps
// not yet in them (journal/completion.h): that adds what was there, and takes nothing away.
//
// docs/formats/log.md has the rules and their reasons.

#pragma once

#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "io/clock.h"
#include "io/file_system.h"
#include "log/durable_end.h"
#include "log/journal/journal_contents.h"
#include "log/log_front.h"
#include "log/partition.h"
#include "log/producer_table.h"
#include "log/segment/active_segment.h"

namespace daybook::log {

struct RecoveredLog {
  std::vector<Offset> segments;   // base offsets, ascending; the last is the active one
  std::set<Offset> with_aborted;  // the sealed ones that have a file of aborted transactions
  std::shared_ptr<ActiveSegment> active;
  ProducerTable producers;
  LogFront front;
  LogPoint end;                       // everything below is durable
  Offset checkpoint;                  // everything below need not be scanned again
  std::optional<LogPoint> noted;      // what `durable-end` says
  std::uint64_t unscanned_bytes = 0;  // above, which the next crash would have scanned again
};

// Errors as Partition::open. `folder` exists; without a segment in it, it becomes an empty
// partition. `journaled` is what the journal has for it, in order.
Result<RecoveredLog> recover_log(io::FileSystem& fs, io::Clock& clock, const std::string& folder,
                                 const PartitionConfig& config,
                                 std::span<const JournaledRange> journaled, RecoveryReport& report);

// Writes the producer snapshot that is the checkpoint at `offset`, durably, and removes all but the
// one before it. Everything below `offset`, and its indexes, must be durable.
Status write_checkpoint(io::FileSystem& fs, const std::string& folder, Offset offset,
                        BytesView snapshot);

}  // namespace daybook::log
