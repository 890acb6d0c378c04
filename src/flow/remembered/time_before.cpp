#include "flow/remembered/time_before.h"

#include "client/past_records.h"

namespace daybook::flow {

Result<std::optional<TimestampMs>> time_before(client::LogClient& log,
                                               const client::TopicPartition& partition,
                                               Offset end) {
  std::optional<TimestampMs> time;
  const auto take = [&](const auto&, const client::Batch& batch, std::size_t record) -> Status {
    time = batch.records()[record].timestamp;
    return {};
  };
  DAYBOOK_TRY_VOID(client::find_last_records(log, {{partition, end}}, take));
  return time;
}

}  // namespace daybook::flow
