#include "views/version_work.h"

#include "base/report.h"

namespace daybook::views {

Result<std::vector<flow::Rejection>> VersionWork::compute(const client::Batch& batch) {
  times_ = file_->event_times();
  events_.take(batch, times_, file_->fold().reads_headers());
  return file_->fold().compute(events_.events());
}

Status VersionWork::commit(const client::Position& next) {
  DAYBOOK_TRY_VOID(file_->commit(next, times_));
  listener_.committed(*file_);
  // After an error the work is made anew: what was committed stays, and is published later.
  return listener_.publish ? listener_.publish() : Status();
}

// What could not be published before, or is to be now that this version serves.
void VersionWork::caught_up() {
  listener_.caught_up(*file_);
  if (!listener_.publish) return;
  const auto published = listener_.publish();
  const auto error = published ? "" : published.error().message;
  if (!error.empty() && error != publish_error_) report(Severity::kError, "views", error);
  publish_error_ = error;
}

}  // namespace daybook::views
