#include "views/lineage/log_walk.h"

#include <algorithm>

namespace daybook::views {
namespace {

constexpr std::size_t kMaxBatchRecords = 100'000;
constexpr std::size_t kMaxBatchBytes = 16u << 20;
constexpr client::milliseconds kFetchWait{100};

}  // namespace

Result<std::unique_ptr<LogWalk>> LogWalk::start(client::LogClient& log, client::Position end,
                                                WalkBounds bounds) {
  std::unique_ptr<LogWalk> walk(new LogWalk(std::move(end), std::move(bounds)));
  DAYBOOK_TRY(const auto ranges, log.offsets_of(partitions_of(walk->end_)));
  for (const auto& [partition, offset] : walk->end_) {
    const auto& range = ranges.at(partition);
    walk->log_end_[partition] = range.end;
    walk->position_[partition] = std::min(range.begin, offset);
  }
  DAYBOOK_TRY(walk->reader_, log.make_reader());
  DAYBOOK_TRY_VOID(walk->leave_finished());
  return walk;
}

// Goes on with those partitions only that have not reached the end.
Status LogWalk::leave_finished() {
  client::Position open;
  for (const auto& [partition, offset] : position_) {
    if (offset < end_.at(partition)) open[partition] = offset;
  }
  if (open.empty() || open.size() == reading_) return {};
  reading_ = open.size();
  return reader_->assign(open);
}

Result<std::span<const sql::InputEvent>> LogWalk::next(bool with_headers) {
  while (true) {
    DAYBOOK_TRY(const bool is_at_end, is_over());
    if (is_at_end) return std::span<const sql::InputEvent>();
    DAYBOOK_TRY_VOID(leave_finished());
    const auto left = static_cast<std::size_t>(bounds_.events - events_read_);
    DAYBOOK_TRY(batch_,
                reader_->fetch(std::min(left, kMaxBatchRecords), kMaxBatchBytes, kFetchWait));
    clocked_.take(*batch_, times_, with_headers);
    note(*batch_);
    if (!taken_.empty()) return std::span<const sql::InputEvent>(taken_);
  }
}

// What lies at or beyond the end is left out, and only tells that the end was reached.
void LogWalk::note(const client::Batch& batch) {
  taken_.clear();
  std::vector<std::pair<Offset, Offset*>> ends;
  for (const auto& source : batch.sources()) {
    const auto end = end_.find(source);
    ends.emplace_back(end == end_.end() ? Offset{0} : end->second, &position_[source]);
  }
  for (std::size_t i = 0; i < batch.records().size(); ++i) {
    const auto& record = batch.records()[i];
    const auto& [end, at] = ends[record.source];
    *at = std::min(end, record.offset.next());
    if (record.offset >= end) continue;
    taken_.push_back(clocked_.events()[i]);
  }
  for (const auto& found : batch.ends()) {
    const auto& [end, at] = ends[found.source];
    *at = std::min(end, found.offset);
  }
  events_read_ += static_cast<std::int64_t>(taken_.size());
}

Result<bool> LogWalk::is_over() {
  if (has_read_all()) return true;
  DAYBOOK_TRY(stopped_by_, bound_that_was_hit(bounds_, events_read_));
  return !stopped_by_.empty();
}

bool LogWalk::has_read_all() const {
  return std::ranges::all_of(position_, [this](const auto& at) {
    return at.second >= std::min(end_.at(at.first), log_end_.at(at.first));
  });
}

}  // namespace daybook::views
