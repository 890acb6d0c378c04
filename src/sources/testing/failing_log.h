// A log as a process sees it that is killed, or whose broker goes away, in front of a log that
// stays. Fault model:
//
// - What a Writer was given reaches the log at flush(), or earlier, a little at a time: each
//   partition holds a prefix of what was written to it, and the prefixes are not of one moment.
// - After `crash_after` records were written (of all writers together), everything fails for good:
//   of what was not flushed, a random prefix of each partition is in the log.
// - While `away` is set, every operation is kUnavailable or kTimedOut, and nothing is lost.

#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "client/log_client.h"

namespace daybook::sources::testing {

struct Faults {
  std::atomic<std::int64_t> crash_after{-1};  // -1: never
  std::atomic<bool> crashed{false};
  std::atomic<bool> away{false};
  std::uint64_t seed = 1;
};

// Both must outlive the result.
std::unique_ptr<client::LogClient> make_failing_log(client::LogClient& log, Faults& faults);

}  // namespace daybook::sources::testing
