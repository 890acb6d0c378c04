// The task loop: waits for its topic and for its columns, then fetches, computes, and commits, for
// ever. A log that goes away, a full disk, a broken definition: every error is shown in the status
// and tried again, after a pause that grows to a bound; nothing is skipped and nothing is counted
// twice, because the position moves only together with the results.
//
// When events do not fit the columns, and others were published since, the work is made anew for
// those and the batch comes again, before anything is rejected.
//
// Events that cannot be applied are written to <topic>.rejected, and acknowledged there, before the
// position passes them. If the process dies in between they are written again.
//
// Threads: one of its own, between start() and stop(); status() by any.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "client/log_client.h"
#include "client/schema.h"
#include "flow/work.h"
#include "io/clock.h"

namespace daybook::flow {

struct TaskConfig {
  std::string name;  // in messages and in the header daybook.task of rejected events
  std::string topic;
  std::optional<client::Schema> declared;  // used instead of a published one
  bool stop_on_error = false;              // a rejected event fails the task instead
  bool needs_columns = true;               // else it does with none where events have none
  std::size_t batch_bytes = 64 << 20;      // of memory, about, for the records of one batch
};

enum class TaskState : std::uint8_t {
  kStopped,
  kWaiting,
  kCatchingUp,
  kRunning,
  kRetrying,
  kFailed
};

const char* to_string(TaskState state);

struct TaskStatus {
  TaskState state = TaskState::kStopped;
  std::string detail;  // what it waits for, or why it failed
  std::int64_t events_applied = 0;
  double events_per_s = 0;
  std::optional<std::int64_t> lag_events;  // nothing: not known yet
  std::int64_t rejected = 0;
  std::int64_t late = 0;  // those among them with which nothing was wrong but their time
  std::string last_error;
};

// Makes the work once the columns are known. Called again after every failure, so that the work
// reads its position anew.
using MakeWork = std::function<Result<std::unique_ptr<Work>>(const client::Schema& schema)>;

class Task {
 public:
  // `log` and `clock` outlive the task.
  static std::unique_ptr<Task> make(client::LogClient& log, const io::Clock& clock,
                                    TaskConfig config, MakeWork make_work);
  virtual ~Task() = default;  // stops first
  virtual void start() = 0;
  virtual void stop() = 0;  // within a second
  virtual TaskStatus status() const = 0;
};

}  // namespace daybook::flow
