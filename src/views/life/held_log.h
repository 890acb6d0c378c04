// A log whose readers can be held: so that two versions of a view, each kept by a task of its own
// that takes what batches it likes, stop at one position and can be compared there.
//
// A gate is open; or frozen, and nothing new comes out of its readers; or limited, and nothing at
// or beyond a position does. Whoever reads sees only that no events come.
//
// Threads: the gate by any; a reader as the port says.

#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

#include "client/log_client.h"

namespace daybook::views {

class Gate {
 public:
  // From now on fetches bring nothing.
  void freeze();
  // As freeze(), but what is below the position comes.
  void limit(client::Position position);
  void open();

  // Waits until a reader has come to fetch since freeze(): what it had fetched before has been
  // dealt with. False if that was not within the time.
  bool wait_until_parked(std::chrono::milliseconds time);

  // For the reader. What it may take now; nothing while frozen, after waiting for a change.
  struct Leave {
    bool is_frozen = false;
    std::optional<client::Position> limit;
  };
  Leave enter(std::chrono::milliseconds wait);
  // Waits for a change of the gate: at the limit there is nothing to take.
  void wait(std::chrono::milliseconds time);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  Leave leave_;
  bool is_parked_ = false;
  int turns_ = 0;
};

// Holds two gates while it lives, and lets both go on whatever happens.
class Hold {
 public:
  Hold(Gate& one, Gate& other) : gates_{&one, &other} {
    for (auto* gate : gates_) gate->freeze();
  }
  ~Hold() {
    for (auto* gate : gates_) gate->open();
  }
  void limit(const client::Position& position) {
    for (auto* gate : gates_) gate->limit(position);
  }

 private:
  Gate* gates_[2];
};

// `log` and `gate` outlive it. All but its readers is `log`'s own.
std::unique_ptr<client::LogClient> make_held_log(client::LogClient& log, Gate& gate);

}  // namespace daybook::views
