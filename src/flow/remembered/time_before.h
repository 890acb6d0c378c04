// What was the time when a task had come as far as it has: of the last event before its position.
//
// One thread.

#pragma once

#include <optional>

#include "base/result.h"
#include "client/log_client.h"

namespace daybook::flow {

// The timestamp of the last record before `end`, which is not beyond the end of the log; nothing if
// there is none any more.
Result<std::optional<TimestampMs>> time_before(client::LogClient& log,
                                               const client::TopicPartition& partition, Offset end);

}  // namespace daybook::flow
