// What topics no longer keep leaves the disk: retention, and the records that clients delete. One
// thread looks at all partitions at an interval (log.retention.check.interval.ms), and at once at
// those of which records were deleted; another makes deletions durable, so that whoever waits for
// one does not wait for the first.
//
// What fails is reported and tried again at the next look; the other partitions go on.
//
// Owned by the engine, which starts it after the topics and stops it before them. With an interval
// of 0 nothing happens by itself: tests call look().
//
// Threads: any.

#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "base/ids.h"
#include "base/result.h"
#include "broker/topics/topic.h"
#include "broker/worker.h"

namespace daybook::broker {

class Topics;
struct Metrics;

class Cleaner {
 public:
  using PartitionPtr = std::shared_ptr<log::Partition>;
  using Deleted = std::move_only_function<void(Result<Offset>)>;

  Cleaner(const Topics& topics, Metrics& metrics, std::chrono::milliseconds interval);
  ~Cleaner();
  Cleaner(const Cleaner&) = delete;
  Cleaner& operator=(const Cleaner&) = delete;

  void start();
  // Gives up what takes long, finishes deletions that were begun. Later ones are kCancelled.
  void stop();

  // Looks at every partition now, on the calling thread.
  void look();

  // Deletes the records below `before`; nothing: all below the high watermark. `deleted` is told
  // the log start, which is then durable, or an error of Partition::delete_records(). On another
  // thread, or, if the server is stopping, on the caller's.
  void delete_records(PartitionPtr partition, std::optional<Offset> before, Deleted deleted);

 private:
  void run();
  void look_at(log::Partition& partition);

  const Topics& topics_;
  Metrics& metrics_;
  const std::chrono::milliseconds interval_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<PartitionPtr> due_;  // records were deleted
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
  Worker deletions_;
};

}  // namespace daybook::broker
