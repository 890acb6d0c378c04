#include "views/kinds/columnar/background_merge.h"

#include <chrono>
#include <utility>

#include "io/file_system.h"

namespace daybook::views::columnar {
namespace {

// Between attempts to interrupt a run that may not have begun yet.
constexpr std::chrono::milliseconds kInterruptAgain{10};

}  // namespace

BackgroundMerge::~BackgroundMerge() {
  while (merge_ && !is_done_) {
    {
      const std::lock_guard lock(mutex_);
      if (running_ != nullptr) running_->interrupt();
    }
    std::this_thread::sleep_for(kInterruptAgain);
  }
}

void BackgroundMerge::start(Merge merge) {
  merge_ = std::move(merge);
  is_done_ = false;
  thread_ = std::jthread([this] { run(); });
}

Result<Merge> BackgroundMerge::take() {
  thread_.join();
  is_done_ = false;
  running_.reset();
  auto merge = std::move(*merge_);
  merge_.reset();
  if (!outcome_) return std::unexpected(std::move(outcome_.error()));
  return merge;
}

void BackgroundMerge::run() {
  outcome_ = merge();
  is_done_ = true;
}

Status BackgroundMerge::merge() {
  DAYBOOK_TRY(auto opened, sql::ParquetMerge::open(folders_.files()));
  {
    const std::lock_guard lock(mutex_);
    running_ = std::move(opened);
  }
  std::vector<std::string> paths;
  for (const auto& file : merge_->from) paths.push_back(folders_.path(file));
  const auto path = folders_.path(merge_->into);
  DAYBOOK_TRY(const auto rows, running_->run(paths, path));
  if (rows != merge_->into.rows) {
    return fail(ErrorCode::kCorrupt, "the files that were merged into " + path + " have " +
                                         std::to_string(rows) + " rows and should have " +
                                         std::to_string(merge_->into.rows));
  }
  std::vector<DataFile> written{merge_->into};
  DAYBOOK_TRY_VOID(folders_.sync(written));
  merge_->into = std::move(written.front());
  return {};
}

}  // namespace daybook::views::columnar
