#include "views/clocked_events.h"

#include <algorithm>

#include "flow/input_events.h"

namespace daybook::views {

void ClockedEvents::take(const client::Batch& batch, EventTimes& times, bool with_headers) {
  std::vector<std::int64_t*> clocks;
  for (const auto& source : batch.sources()) clocks.push_back(&times[source]);
  events_.clear();
  headers_.clear();
  for (std::size_t i = 0; i < batch.records().size(); ++i) {
    const auto& record = batch.records()[i];
    auto& clock = *clocks[record.source];
    clock = std::max(clock, record.timestamp.value);
    events_.push_back({batch.sources()[record.source].partition.value, record.offset.value,
                       record.timestamp.value, clock, record.key, record.value});
    if (with_headers) flow::append_headers_json(batch.headers(i), headers_.emplace_back());
  }
  for (std::size_t i = 0; i < headers_.size(); ++i) events_[i].headers = headers_[i];
}

}  // namespace daybook::views
