// Events of the log that were there before a task began, read again for what is remembered of them.
// Where the log ends is told by the log (client::PartitionEnd): offsets without a record, at the
// end or anywhere, are passed. That nothing comes for 20 seconds is an error, never an end.
//
// One thread.

#pragma once

#include <functional>
#include <optional>

#include "base/result.h"
#include "client/log_client.h"

namespace daybook::flow {

// The timestamp of the last record before `end`, which is not beyond the end of the log; nothing if
// there is none any more.
Result<std::optional<TimestampMs>> time_before(client::LogClient& log,
                                               const client::TopicPartition& partition, Offset end);

// Gives the records from `from` to before `end`, in batches, in their order.
Status read_back(client::LogClient& log, const client::TopicPartition& partition, Offset from,
                 Offset end, const std::function<Status(const client::Batch&)>& take);

}  // namespace daybook::flow
