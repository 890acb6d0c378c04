#include "views/version_work.h"

#include <algorithm>

namespace daybook::views {

Result<std::vector<flow::Rejection>> VersionWork::compute(const client::Batch& batch) {
  times_ = file_->event_times();
  std::vector<std::int64_t*> times;
  for (const auto& source : batch.sources()) times.push_back(&times_[source]);
  events_.clear();
  for (const auto& record : batch.records()) {
    auto& time = *times[record.source];
    time = std::max(time, record.timestamp.value);
    events_.push_back({batch.sources()[record.source].partition.value, record.offset.value,
                       record.timestamp.value, time, record.key, record.value});
  }
  return file_->fold().compute(events_);
}

Status VersionWork::commit(const client::Position& next) {
  DAYBOOK_TRY_VOID(file_->commit(next, times_));
  listener_.committed(*file_);
  return {};
}

}  // namespace daybook::views
