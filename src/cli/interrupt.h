// SIGINT and SIGTERM as something that a command waits for or is stopped by, rather than something
// that cuts it off. The first asks to stop; the second ends the process at once, with status 130,
// so that somebody who presses Ctrl-C twice is obeyed.
//
// Made once, in main(), before any other thread: it blocks both signals for all threads, and a
// thread of its own receives them.

#pragma once

#include <chrono>
#include <stop_token>
#include <thread>

namespace daybook::cli {

class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  // Requested by the first signal.
  std::stop_token token() const { return stop_.get_token(); }
  bool requested() const { return stop_.stop_requested(); }
  // Returns at the first signal.
  void wait() const;

 private:
  void receive(std::stop_token end);

  std::stop_source stop_;
  std::jthread receiver_;
};

// While it exists the first signal ends the process, with status 130: for a command that waits for
// an answer and has nothing to finish.
class EndsAtOnce {
 public:
  explicit EndsAtOnce(const Interrupt& interrupt);

 private:
  std::stop_callback<void (*)()> ending_;
};

// Ends the process with status 1 and `message` unless it is destroyed within `limit`.
class Deadline {
 public:
  Deadline(std::chrono::milliseconds limit, const char* message);

 private:
  std::jthread watcher_;
};

}  // namespace daybook::cli
