// A program of somebody else's that runs beside this process, spoken with over its standard input,
// output and error. None of the three ever blocks us: a caller that waits for all of them at once
// cannot be caught between a full pipe and a program that waits for its own output to be read.
//
// It does not outlive us: it is killed when the thread that started it ends, so also when this
// process is killed, and what it has started itself reads the end of its input. It inherits no
// other open file, and is the head of a process group of its own, which is ended as a whole.
//
// One thread: the one that started it, which ends after it.

#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace daybook::io {

// The file of a command: `name` itself if it has a slash, else found by PATH; a relative one starts
// at `folder`. kNotFound, saying what to do, if there is none that can be run.
Result<std::string> find_program(const std::string& name, const std::string& folder);

class ChildProcess {
 public:
  // Runs command[0] (find_program()) with the others as its arguments, in `folder` (empty: ours),
  // with our environment and what of `environment` ("NAME=value") is not in it.
  static Result<std::unique_ptr<ChildProcess>> start(
      const std::vector<std::string>& command, const std::string& folder,
      const std::vector<std::string>& environment = {});
  ~ChildProcess();  // end() without patience
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  enum class Stream : std::uint8_t { kOutput, kError };

  // Waits until something was written, or can be where that is wanted, or the time is up.
  void wait(bool to_write, std::chrono::milliseconds time) const;
  // Gives it as much as it takes now: how much. kUnavailable if it reads no more.
  Result<std::size_t> write(std::string_view bytes);
  // Appends what it has written, at most `max_bytes`. False if that was the last: it has closed it.
  Result<bool> read(Stream stream, std::size_t max_bytes, std::string& into);

  bool is_running() const;
  // Closes its input, waits so long for it to end by itself, and kills what is left of its group.
  // How it ended: "exit status 1", "signal 9".
  std::string end(std::chrono::milliseconds patience);

 private:
  ChildProcess() = default;
  Status open_pipes(int (&theirs)[3]);

  int pid_ = -1;
  int pipes_[3] = {-1, -1, -1};  // our ends; -1: closed
};

}  // namespace daybook::io
