// What topics no longer keep leaves the disk: retention, the records that clients delete, and what
// compaction leaves out. One thread looks at all partitions at an interval
// (log.retention.check.interval.ms), and at once at those of which records were deleted; between,
// at another (log.cleaner.backoff.ms), it compacts those that are due, one at a time. A second
// thread makes deletions durable, so that whoever waits for one does not wait for the first.
//
// What fails is reported and tried again at the next look; the other partitions go on.
//
// Owned by the engine, which starts it after the topics and stops it before them. With a look
// interval of 0 nothing happens by itself: tests call look() and compact().
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

struct CleanerIntervals {
  std::chrono::milliseconds look;
  std::chrono::milliseconds compact;
};

class Cleaner {
 public:
  using PartitionPtr = std::shared_ptr<log::Partition>;
  using Deleted = std::move_only_function<void(Result<Offset>)>;

  Cleaner(const Topics& topics, Metrics& metrics, CleanerIntervals intervals);
  ~Cleaner();
  Cleaner(const Cleaner&) = delete;
  Cleaner& operator=(const Cleaner&) = delete;

  const CleanerIntervals& intervals() const { return intervals_; }

  void start();
  // Gives up what takes long, finishes deletions that were begun. Later ones are kCancelled.
  void stop();

  // Looks at every partition now, on the calling thread.
  void look();
  // Compacts every partition that is due, on the calling thread.
  void compact();

  // Deletes the records below `before`; nothing: all below the high watermark. `deleted` is told
  // the log start, which is then durable, or an error of Partition::delete_records(). On another
  // thread, or, if the server is stopping, on the caller's.
  void delete_records(PartitionPtr partition, std::optional<Offset> before, Deleted deleted);

 private:
  void run();
  void look_if_due();
  void look_at(log::Partition& partition);
  void compact(log::Partition& partition);
  void report_failure(std::string_view what, const Error& error);

  const Topics& topics_;
  Metrics& metrics_;
  const CleanerIntervals intervals_;
  std::chrono::steady_clock::time_point next_look_;  // of thread_
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<PartitionPtr> due_;  // records were deleted
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
  Worker deletions_;
};

}  // namespace daybook::broker
