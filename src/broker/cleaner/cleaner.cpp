#include "broker/cleaner/cleaner.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/report.h"
#include "broker/limits.h"
#include "broker/metrics.h"
#include "broker/topics/topics.h"

namespace daybook::broker {

using SteadyClock = std::chrono::steady_clock;

Cleaner::Cleaner(const Topics& topics, Metrics& metrics, CleanerIntervals intervals)
    : topics_(topics), metrics_(metrics), intervals_(intervals) {}

Cleaner::~Cleaner() {
  stop();
}

void Cleaner::start() {
  if (intervals_.look.count() > 0) thread_ = std::thread([this] { run(); });
}

void Cleaner::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
  deletions_.stop();
}

void Cleaner::run() {
  next_look_ = SteadyClock::now() + intervals_.look;
  auto next_compaction = SteadyClock::now() + intervals_.compact;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    changed_.wait_until(lock, std::min(next_look_, next_compaction),
                        [&] { return stopping_ || !due_.empty(); });
    lock.unlock();
    look_if_due();
    if (SteadyClock::now() >= next_compaction) {
      compact();
      next_compaction = SteadyClock::now() + intervals_.compact;
    }
    lock.lock();
  }
}

void Cleaner::look_if_due() {
  std::set<PartitionPtr> due;
  {
    const std::lock_guard lock(mutex_);
    due = std::exchange(due_, {});
  }
  for (const PartitionPtr& partition : due) look_at(*partition);
  if (SteadyClock::now() < next_look_) return;
  look();
  next_look_ = SteadyClock::now() + intervals_.look;
}

void Cleaner::look() {
  for (const TopicPtr& topic : topics_.all()) {
    for (const auto& partition : topic->partitions) {
      if (stopping_) return;
      if (partition) look_at(**partition);
    }
  }
}

void Cleaner::look_at(log::Partition& partition) {
  if (stopping_) return;
  const auto reclaimed = partition.enforce_retention();
  if (reclaimed) {
    metrics_.removed_segments += static_cast<std::int64_t>(reclaimed->segments);
    metrics_.removed_bytes += static_cast<std::int64_t>(reclaimed->bytes);
    return;
  }
  report_failure("could not remove what is not kept any more", reclaimed.error());
}

void Cleaner::compact() {
  for (const TopicPtr& topic : topics_.all()) {
    if (!topic->settings.log.compacts) continue;
    for (const auto& partition : topic->partitions) {
      if (stopping_) return;
      if (partition) compact(**partition);
      // A large one takes long, and retention waits for none.
      if (intervals_.look.count() > 0) look_if_due();
    }
  }
}

void Cleaner::compact(log::Partition& partition) {
  const auto compacted = partition.compact({.map_bytes = kCompactionMapBytes, .stop = stopping_});
  if (!compacted) return report_failure("could not compact", compacted.error());
  if (!compacted->ran) return;
  ++metrics_.compactions;
  metrics_.compacted_bytes += static_cast<std::int64_t>(compacted->bytes_before);
  metrics_.removed_bytes +=
      static_cast<std::int64_t>(compacted->bytes_before) -
      static_cast<std::int64_t>(std::min(compacted->bytes_after, compacted->bytes_before));
}

void Cleaner::report_failure(std::string_view what, const Error& error) {
  // Closed: its topic is being deleted. Cancelled: the server is stopping.
  if (error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kCancelled) return;
  ++metrics_.cleaning_failures;
  report(Severity::kWarning, "cleaner", std::string(what) + ": " + error.message);
}

void Cleaner::delete_records(PartitionPtr partition, std::optional<Offset> before,
                             Deleted deleted) {
  // What the worker refuses to take is destroyed with it, and `deleted` is then called here.
  auto shared = std::make_shared<Deleted>(std::move(deleted));
  const bool taken = deletions_.run([this, partition, before, shared] {
    const Status done = partition->delete_records(before.value_or(partition->high_watermark()));
    if (done) {
      const std::lock_guard lock(mutex_);
      if (intervals_.look.count() > 0) due_.insert(partition);
      changed_.notify_one();
    }
    (*shared)(done ? Result<Offset>(partition->log_start()) : std::unexpected(done.error()));
  });
  if (!taken) (*shared)(fail(ErrorCode::kCancelled, "the server is stopping"));
}

}  // namespace daybook::broker
