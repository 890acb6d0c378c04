// What a source shows of itself: written by its thread, read by any.

#pragma once

#include <mutex>

#include "io/clock.h"
#include "sources/source.h"

namespace daybook::sources {

class StatusBoard {
 public:
  StatusBoard(std::string name, std::string kind, const io::Clock& clock) : clock_(clock) {
    status_.name = std::move(name);
    status_.kind = std::move(kind);
    status_.since = clock.wall();
  }

  SourceStatus get() const {
    const std::lock_guard lock(mutex_);
    return status_;
  }
  // An error is kept until a state is entered without one.
  void enter(SourceState state, std::string error = {}) {
    const std::lock_guard lock(mutex_);
    if (status_.state != state) status_.since = clock_.wall();
    status_.state = state;
    status_.last_error = std::move(error);
  }
  void add_events(std::uint64_t count) {
    const std::lock_guard lock(mutex_);
    status_.events += count;
  }
  void set_lag(std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    status_.lag_bytes = bytes;
  }

 private:
  const io::Clock& clock_;
  mutable std::mutex mutex_;
  SourceStatus status_;
};

}  // namespace daybook::sources
