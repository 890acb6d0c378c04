// One version of a view as the work of a task: its fold computes over each batch, and what comes of
// it is committed with the position; at once, unless the fold would rather have more together and
// nobody waits for it. While batches are large, the log is far ahead: then several are applied in
// one transaction, so that a page of the file which all of them touch is written once.

#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "flow/work.h"
#include "views/clocked_events.h"
#include "views/version_file.h"

namespace daybook::views {

// A batch of so many events says that more of them wait.
inline constexpr std::size_t kManyEvents = 10'000;
// So long may a transaction stay open for more, and then nobody sees what is in it.
inline constexpr std::chrono::seconds kMaxOpen{5};

class VersionWork final : public flow::Work {
 public:
  // Told when the work is made and after every commit, and when the end of the log is reached.
  struct Listener {
    std::function<void(const VersionFile&)> committed;
    std::function<void(VersionFile&)> caught_up;
    // Told how far the results in memory are; and asked whether somebody waits for them.
    std::function<void(const client::Position&)> computed = [](const client::Position&) {};
    std::function<bool()> is_awaited = [] { return false; };
    std::function<Status()> publish = nullptr;  // of what was committed, if the view does
  };

  VersionWork(std::unique_ptr<VersionFile> file, Listener listener)
      : file_(std::move(file)),
        listener_(std::move(listener)),
        next_(file_->position()),
        times_(file_->event_times()) {
    listener_.computed(next_);
    listener_.committed(*file_);
  }

  const client::Position& position() const override { return next_; }
  Result<std::vector<flow::Rejection>> compute(const client::Batch& batch) override;
  Status commit(const client::Position& next) override;
  Status settle(bool now) override;
  Status caught_up() override;

 private:
  Status settle(bool is_quiet, bool now);
  Status apply();
  bool may_wait(bool is_quiet) const;

  std::unique_ptr<VersionFile> file_;
  Listener listener_;
  std::string publish_error_;  // that was reported
  ClockedEvents events_;
  client::Position next_;    // what the fold has kept is the result of
  EventTimes times_;         // at next_
  EventTimes batch_times_;   // behind the last batch
  bool is_holding_ = false;  // what is not committed
  bool is_applied_ = false;  // all of that, in a transaction that is open
  std::chrono::steady_clock::time_point open_until_;
};

}  // namespace daybook::views
