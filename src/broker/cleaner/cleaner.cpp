#include "broker/cleaner/cleaner.h"

#include <utility>

#include "base/report.h"
#include "broker/metrics.h"
#include "broker/topics/topics.h"

namespace daybook::broker {

Cleaner::Cleaner(const Topics& topics, Metrics& metrics, std::chrono::milliseconds interval)
    : topics_(topics), metrics_(metrics), interval_(interval) {}

Cleaner::~Cleaner() {
  stop();
}

void Cleaner::start() {
  if (interval_.count() > 0) thread_ = std::thread([this] { run(); });
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
  using SteadyClock = std::chrono::steady_clock;
  auto next_look = SteadyClock::now() + interval_;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    changed_.wait_until(lock, next_look, [&] { return stopping_ || !due_.empty(); });
    const auto due = std::exchange(due_, {});
    lock.unlock();
    for (const PartitionPtr& partition : due) look_at(*partition);
    if (SteadyClock::now() >= next_look) {
      look();
      next_look = SteadyClock::now() + interval_;
    }
    lock.lock();
  }
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
  // Closed: its topic is being deleted.
  if (reclaimed.error().code == ErrorCode::kUnavailable) return;
  ++metrics_.cleaning_failures;
  report(Severity::kWarning, "cleaner",
         "could not remove what is not kept any more: " + reclaimed.error().message);
}

void Cleaner::delete_records(PartitionPtr partition, std::optional<Offset> before,
                             Deleted deleted) {
  // What the worker refuses to take is destroyed with it, and `deleted` is then called here.
  auto shared = std::make_shared<Deleted>(std::move(deleted));
  const bool taken = deletions_.run([this, partition, before, shared] {
    const Status done = partition->delete_records(before.value_or(partition->high_watermark()));
    if (done) {
      const std::lock_guard lock(mutex_);
      if (interval_.count() > 0) due_.insert(partition);
      changed_.notify_one();
    }
    (*shared)(done ? Result<Offset>(partition->log_start()) : std::unexpected(done.error()));
  });
  if (!taken) (*shared)(fail(ErrorCode::kCancelled, "the server is stopping"));
}

}  // namespace daybook::broker
