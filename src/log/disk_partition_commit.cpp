// Committing: syncing what was written, telling who waits, checkpoints, stopping and closing.

#include <fmt/format.h>

#include <utility>

#include "log/disk_partition.h"
#include "log/journal/partition_metadata.h"

namespace daybook::log {
namespace {

// Whatever made a sync fail, want of space included, what it covered may be lost.
Status synced(Status status) {
  if (!status) status.error().code = ErrorCode::kIo;
  return status;
}

}  // namespace

void DiskPartition::Callbacks::call() {
  for (auto& done : durable) done(outcome);
  for (auto& wake : readable) wake();
}

void DiskPartition::commit() {
  if (!health() && health().error().code != ErrorCode::kUnavailable) return;
  bool to_sync = false;
  {
    const std::lock_guard lock(mutex_);
    to_sync = written_ != durable_ || !unsynced_logs_.empty() || folder_changed_;
  }
  if (to_sync && !sync_written()) return;
  if (!wants_checkpoint_) return;
  // Without space the scan after a crash is longer, and nothing is lost: try at the next interval.
  const Status done = checkpoint();
  if (!done && done.error().code != ErrorCode::kNoSpace) stop(done.error());
}

std::optional<JournalEntry> DiskPartition::for_journal() {
  if (durability_ == Durability::kOs || wants_checkpoint_) return std::nullopt;
  if (!topic_id_) {
    const auto id = read_topic_id(fs_, folder_);
    if (!id) return std::nullopt;
    topic_id_ = *id;
  }
  const std::lock_guard lock(mutex_);
  if (stopped_ || closed_ || written_ == durable_) return std::nullopt;
  // Recovery completes the end of a segment that is there, and nothing else.
  if (written_.segment != durable_.segment || !unsynced_logs_.empty() || folder_changed_) {
    return std::nullopt;
  }
  const std::string_view name = std::string_view(folder_).substr(folder_.rfind('/') + 1);
  return JournalEntry{name, *topic_id_, active_->log(), durable_.position, written_};
}

void DiskPartition::journaled(const LogPoint& end) {
  publish_durable(end);
}

Status DiskPartition::settle() {
  {
    const std::lock_guard lock(mutex_);
    if (synced_.offset >= durable_.offset) return {};
  }
  DAYBOOK_TRY_VOID(sync_segments(Extent::kDurable));
  return {};
}

Status DiskPartition::sync_written() {
  {
    const std::lock_guard lock(mutex_);
    if (written_ == synced_ && unsynced_logs_.empty() && !folder_changed_) return {};
  }
  DAYBOOK_TRY(const LogPoint end, sync_segments(Extent::kWritten));
  publish_durable(end);
  return {};
}

// Syncs the segments up to what is durable in the journal, or up to what is written, and says where
// that is. A failure stops the partition before anybody else can sync and believe it.
Result<LogPoint> DiskPartition::sync_segments(Extent extent) {
  const std::lock_guard syncing(sync_mutex_);
  std::vector<std::shared_ptr<io::File>> logs;
  LogPoint target;
  bool folder_changed = false;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return std::unexpected(*stopped_);
    if (!active_) return std::unexpected(closed_error());
    target = extent == Extent::kWritten ? written_ : durable_;
    logs = std::exchange(unsynced_logs_, {});
    folder_changed = std::exchange(folder_changed_, false);
    logs.push_back(active_->log());
  }
  Status status;
  for (const auto& log : logs) {
    if (status) status = synced(log->sync());
  }
  if (status && folder_changed) status = synced(fs_.sync_directory(folder_));
  if (!status) {
    stop(status.error());
    return std::unexpected(std::move(status).error());
  }
  // Without the note, recovery takes damage below it for a torn tail; the records are safe either
  // way, so its failure is no reason to refuse them.
  [[maybe_unused]] const Status noted = note_durable_end(fs_, folder_, target);
  const std::lock_guard lock(mutex_);
  if (target.offset >= synced_.offset) synced_ = target;
  return target;
}

void DiskPartition::publish_durable(const LogPoint& end) {
  Callbacks callbacks;
  {
    const std::lock_guard lock(mutex_);
    // Whoever syncs for another reason may be behind the committer.
    if (std::pair(end.offset, end.segment) <= std::pair(durable_.offset, durable_.segment)) return;
    durable_ = end;
    callbacks = take_ready();
  }
  callbacks.call();
}

Status DiskPartition::checkpoint() {
  const std::lock_guard one_at_a_time(checkpoint_mutex_);
  Bytes snapshot;
  LogPoint point;
  std::vector<std::string> indexes;
  std::size_t sealed_indexes = 0;
  {
    const std::lock_guard appending(append_mutex_);
    since_checkpoint_.clear();
    rolled_since_checkpoint_ = false;
    wants_checkpoint_ = false;
    DAYBOOK_TRY_VOID(active_->complete_indexes(fs_));
    const bool has_aborted = active_->aborted().has_file();
    producers_.expire(clock_.wall(), config_.producer_expiry_ms);
    snapshot = producers_.snapshot();
    point = written_;
    indexes = unsynced_indexes_;
    sealed_indexes = indexes.size();
    indexes.push_back(active_->offsets().path());
    indexes.push_back(active_->times().path());
    if (has_aborted) indexes.push_back(active_->aborted().path());
    const std::lock_guard lock(mutex_);
    folder_changed_ = folder_changed_ || has_aborted;
  }
  DAYBOOK_TRY_VOID(sync_written());
  for (const std::string& path : indexes) {
    DAYBOOK_TRY(const auto file, fs_.open(path, io::OpenMode::kWrite));
    DAYBOOK_TRY_VOID(synced(file->sync()));
  }
  DAYBOOK_TRY_VOID(write_checkpoint(fs_, folder_, point.offset, snapshot));
  const std::lock_guard appending(append_mutex_);
  checkpoint_ = point.offset;
  const auto synced = unsynced_indexes_.begin() + static_cast<std::ptrdiff_t>(sealed_indexes);
  unsynced_indexes_.erase(unsynced_indexes_.begin(), synced);
  return {};
}

void DiskPartition::stop(const Error& error) {
  Callbacks callbacks;
  {
    const std::lock_guard lock(mutex_);
    if (!stopped_) {
      stopped_ = Error{ErrorCode::kIo,
                       fmt::format("the partition in {} accepts nothing more until a restart has "
                                   "read it again: {}",
                                   folder_, error.message)};
    }
    callbacks = take_all(*stopped_);
  }
  callbacks.call();
}

Status DiskPartition::close() {
  {
    const std::lock_guard appending(append_mutex_);
    const std::lock_guard lock(mutex_);
    if (closed_) return {};
    closed_ = true;
  }
  committer_.wait_idle(*this);
  // Who works at the front is awaited; who comes later sees that it is closed.
  const std::lock_guard maintaining(maintenance_mutex_);
  const std::lock_guard moving(front_mutex_);
  Status status;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) status = std::unexpected(*stopped_);
  }
  if (status) status = sync_written();
  if (status && checkpoint_ != durable_.offset) status = checkpoint();
  Callbacks callbacks;
  {
    const std::lock_guard lock(mutex_);
    callbacks = take_all(status ? closed_error() : status.error());
    active_.reset();
  }
  callbacks.call();
  return status;
}

void DiskPartition::when_durable(Offset end, std::move_only_function<void(Status)> done) {
  Status outcome;
  {
    const std::lock_guard lock(mutex_);
    const Offset reached = readable().offset;
    if (end > reached && !stopped_ && !closed_) {
      durable_waits_.emplace(end, std::move(done));
      return;
    }
    if (end > reached) outcome = std::unexpected(stopped_ ? *stopped_ : closed_error());
  }
  done(std::move(outcome));
}

Partition::WaitId DiskPartition::when_readable(Offset from, Isolation isolation,
                                               std::move_only_function<void()> wake) {
  {
    const std::lock_guard lock(mutex_);
    if (readable_end(isolation) <= from && !stopped_ && !closed_) {
      readable_waits_.emplace(++last_wait_, ReadableWait{from, isolation, std::move(wake)});
      return last_wait_;
    }
  }
  wake();
  return kNoWait;
}

bool DiskPartition::cancel(WaitId wait) {
  const std::lock_guard lock(mutex_);
  return readable_waits_.erase(wait) > 0;
}

DiskPartition::Callbacks DiskPartition::take_ready() {
  Callbacks callbacks;
  const Offset reached = readable().offset;
  undecided_.settle(reached);
  while (!durable_waits_.empty() && durable_waits_.begin()->first <= reached) {
    callbacks.durable.push_back(std::move(durable_waits_.begin()->second));
    durable_waits_.erase(durable_waits_.begin());
  }
  for (auto wait = readable_waits_.begin(); wait != readable_waits_.end();) {
    if (wait->second.from >= readable_end(wait->second.isolation)) {
      ++wait;
      continue;
    }
    callbacks.readable.push_back(std::move(wait->second.wake));
    wait = readable_waits_.erase(wait);
  }
  return callbacks;
}

DiskPartition::Callbacks DiskPartition::take_all(const Error& why) {
  Callbacks callbacks;
  callbacks.outcome = std::unexpected(why);
  for (auto& wait : durable_waits_) callbacks.durable.push_back(std::move(wait.second));
  for (auto& wait : readable_waits_) callbacks.readable.push_back(std::move(wait.second.wake));
  durable_waits_.clear();
  readable_waits_.clear();
  return callbacks;
}

}  // namespace daybook::log
