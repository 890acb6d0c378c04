// Records that are in the log already, read again: those between offsets, and the last one before
// an offset, of many partitions at once. Offsets may be without a record for ever (compaction, the
// marks of transactions, what was aborted), so the last record is nowhere in particular, and one
// that does not come may not be there. Where the log ends is told by the log (PartitionEnd): that
// nothing comes for 30 seconds is an error, never an end.
//
// One thread.

#pragma once

#include <cstddef>
#include <functional>

#include "base/result.h"
#include "client/log_client.h"

namespace daybook::client {

// Gives the records of each partition of `end` from its offset in `from` to before that in `end`,
// which is not beyond the end of the log: in batches, in the order of each partition. None is
// empty, and their views are valid during the call. kTimedOut; what `take` answers.
Status read_between(LogClient& log, const Position& from, const Position& end,
                    const std::function<Status(const Batch&)>& take);

// Tells the last record before `end` of each partition that still has one. As it is found by
// reading on, `take` may be told of some that are before it: the last that it is told of a
// partition holds. Valid during the call; errors as above.
Status find_last_records(
    LogClient& log, const Position& end,
    const std::function<Status(const TopicPartition&, const Batch&, std::size_t record)>& take);

}  // namespace daybook::client
