// One version of a view as the work of a task: its fold computes over each batch, and what comes of
// it is committed with the position.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "flow/work.h"
#include "views/clocked_events.h"
#include "views/version_file.h"

namespace daybook::views {

class VersionWork final : public flow::Work {
 public:
  // Told when the work is made and after every commit, and when the end of the log is reached.
  struct Listener {
    std::function<void(const VersionFile&)> committed;
    std::function<void(VersionFile&)> caught_up;
    std::function<Status()> publish = nullptr;  // of what was committed, if the view does
  };

  VersionWork(std::unique_ptr<VersionFile> file, Listener listener)
      : file_(std::move(file)), listener_(std::move(listener)) {
    listener_.committed(*file_);
  }

  const client::Position& position() const override { return file_->position(); }
  Result<std::vector<flow::Rejection>> compute(const client::Batch& batch) override;
  Status commit(const client::Position& next) override;
  void caught_up() override;

 private:
  std::unique_ptr<VersionFile> file_;
  Listener listener_;
  std::string publish_error_;  // that was reported
  ClockedEvents events_;
  EventTimes times_;
};

}  // namespace daybook::views
