// The port of a source: something outside whose changes are captured into topics, each exactly
// once. A source runs on one thread of the supervisor's; what it has done is watched from others.
//
// Where the capture stands is stored in the log, inside the events themselves: a Source has no file
// of its own, may be killed at any moment, and goes on exactly where its last event in the log was.

#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"

namespace daybook::sources {

enum class SourceState : std::uint8_t {
  kStarting,      // not connected yet
  kSnapshotting,  // reading the rows that were there before the stream
  kStreaming,     // following the changes
  kWaiting,       // the source or the log is away: tried again with back-off; see last_error
  kFailed,        // somebody must change something; see last_error. run() has returned
  kStopped,       // asked to stop. run() has returned
};

std::string_view to_string(SourceState state);

struct SourceStatus {
  std::string name;
  std::string kind;
  SourceState state = SourceState::kStarting;
  std::uint64_t events = 0;                // acknowledged by the log since this process started
  std::optional<std::uint64_t> lag_bytes;  // of the source's own log, not yet captured
  std::string last_error;                  // empty if all is well
  TimestampMs since = kNoTimestamp;        // when `state` was entered
};

class Source {
 public:
  virtual ~Source() = default;
  // Captures until `stop` is requested (success) or until something fails that waiting cannot mend
  // (its error: what was found and what to do). Called once. Stops within a second or two.
  virtual Status run(std::stop_token stop) = 0;
  virtual SourceStatus status() const = 0;  // by any thread
};

}  // namespace daybook::sources
