#include "views/version_work.h"

#include <algorithm>

#include "flow/input_events.h"

namespace daybook::views {

Result<std::vector<flow::Rejection>> VersionWork::compute(const client::Batch& batch) {
  times_ = file_->event_times();
  std::vector<std::int64_t*> times;
  for (const auto& source : batch.sources()) times.push_back(&times_[source]);
  events_.clear();
  headers_.clear();
  const bool with_headers = file_->fold().reads_headers();
  for (std::size_t i = 0; i < batch.records().size(); ++i) {
    const auto& record = batch.records()[i];
    auto& time = *times[record.source];
    time = std::max(time, record.timestamp.value);
    events_.push_back({batch.sources()[record.source].partition.value, record.offset.value,
                       record.timestamp.value, time, record.key, record.value});
    if (with_headers) flow::append_headers_json(batch.headers(i), headers_.emplace_back());
  }
  for (std::size_t i = 0; i < headers_.size(); ++i) events_[i].headers = headers_[i];
  return file_->fold().compute(events_);
}

Status VersionWork::commit(const client::Position& next) {
  DAYBOOK_TRY_VOID(file_->commit(next, times_));
  listener_.committed(*file_);
  return {};
}

}  // namespace daybook::views
