#include "views/version_work.h"

namespace daybook::views {

Result<std::vector<flow::Rejection>> VersionWork::compute(const client::Batch& batch) {
  times_ = file_->event_times();
  events_.take(batch, times_, file_->fold().reads_headers());
  return file_->fold().compute(events_.events());
}

Status VersionWork::commit(const client::Position& next) {
  DAYBOOK_TRY_VOID(file_->commit(next, times_));
  listener_.committed(*file_);
  return {};
}

}  // namespace daybook::views
