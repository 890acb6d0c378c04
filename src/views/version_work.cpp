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
  is_applied_ = false;
  listener_.computed(next_);
  const bool is_far_behind = events_.events().size() >= kManyEvents;
  if (is_far_behind && !file_->fold().writes_files()) DAYBOOK_TRY_VOID(apply());
  return settle(false, false);
}

Status VersionWork::settle(bool now) {
  return settle(true, now);
}

Status VersionWork::settle(bool is_quiet, bool now) {
  const bool is_due = is_holding_ && (now || !may_wait(is_quiet) || listener_.is_awaited());
  if (!is_due && !file_->fold().has_own_work()) return {};
  if (!is_applied_) DAYBOOK_TRY_VOID(apply());
  DAYBOOK_TRY_VOID(file_->commit());
  is_holding_ = false;
  is_applied_ = false;
  listener_.committed(*file_);
  // After an error the work is made anew: what was committed stays, and is published later.
  return listener_.publish ? listener_.publish() : Status();
}

Status VersionWork::apply() {
  const auto now = std::chrono::steady_clock::now();
  if (!file_->is_open()) open_until_ = now + kMaxOpen;
  DAYBOOK_TRY_VOID(file_->apply(next_, times_));
  is_applied_ = true;
  return {};
}

bool VersionWork::may_wait(bool is_quiet) const {
  if (!is_applied_) return file_->fold().may_wait(is_quiet);
  return !is_quiet && std::chrono::steady_clock::now() < open_until_ && !file_->has_spilled();
}

// What could not be published before, or is to be now that this version serves.
Status VersionWork::caught_up() {
  if (is_applied_) DAYBOOK_TRY_VOID(settle(true));
  listener_.caught_up(*file_);
  if (!listener_.publish) return {};
  const auto published = listener_.publish();
  const auto error = published ? "" : published.error().message;
  if (!error.empty() && error != publish_error_) report(Severity::kError, "views", error);
  publish_error_ = error;
  return {};
}

}  // namespace daybook::views
