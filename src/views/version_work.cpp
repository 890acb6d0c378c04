#include "views/version_work.h"

#include "base/report.h"

namespace daybook::views {

Result<std::vector<flow::Rejection>> VersionWork::compute(const client::Batch& batch) {
  batch_times_ = times_;
  events_.take(batch, batch_times_, file_->fold().reads_headers());
  return file_->fold().compute(events_.events());
}

Status VersionWork::commit(const client::Position& next) {
  DAYBOOK_TRY_VOID(file_->fold().keep());
  next_ = next;
  times_ = batch_times_;
  is_holding_ = true;
  listener_.computed(next_);
  return settle(false, false);
}

Status VersionWork::settle(bool now) {
  return settle(true, now);
}

Status VersionWork::settle(bool is_quiet, bool now) {
  const auto& fold = file_->fold();
  const bool is_due = is_holding_ && (now || !fold.may_wait(is_quiet) || listener_.is_awaited());
  if (!is_due && !fold.has_own_work()) return {};
  DAYBOOK_TRY_VOID(file_->commit(next_, times_));
  is_holding_ = false;
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
