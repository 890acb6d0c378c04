// The program of an `exec` processor, as it runs: it is given lines, and answers each with one
// line, in their order. Reading never waits for writing, so neither side can wait for the other
// with both pipes full; of lines that it has not answered there are at most max_in_flight.
//
// Whatever it does that it must not (it ends, does not answer in time, writes a line too many or
// too long) ends it with an error that says so, with the last line of its standard error, whose
// lines are reported as they come. After an error a new one is needed.
//
// One thread, but for cancel().

#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "flow/processor_spec.h"
#include "io/child_process.h"

namespace daybook::flow {

class Program {
 public:
  // `processor` stands before what it writes to its standard error.
  static Result<std::unique_ptr<Program>> start(const ExecSpec& spec, const std::string& processor);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // Appends the next line with its end; false if there is none.
  using NextLine = std::function<bool(std::string& out)>;
  // Takes the answer to the first line that has none yet. An error ends the program.
  using TakeAnswer = std::function<Status(std::string_view line)>;
  // Gives it all lines, until all are answered. kUnavailable: it has ended. kTimedOut: it was too
  // slow. kInvalid: it answered what it must not. kCancelled.
  Status converse(const NextLine& next, const TakeAnswer& take);

  // Nothing is asked: what it writes all the same, and whether it has ended.
  Status look();

  // By any thread: a conversation under way ends soon.
  void cancel() { is_cancelled_ = true; }

 private:
  Program(const ExecSpec& spec, const std::string& processor);
  void fill(const NextLine& next);
  Status exchange(const TakeAnswer& take);
  Status take_lines(const TakeAnswer& take);
  Status read_errors();
  void report_error(std::string_view line);
  Status check_time(std::chrono::steady_clock::time_point began) const;
  // Ends it, and says how it has ended and what it said last.
  std::unexpected<Error> fail_with(Error error);

  const ExecSpec& spec_;
  const std::string processor_;
  std::unique_ptr<io::ChildProcess> child_;
  std::atomic<bool> is_cancelled_ = false;
  std::string input_;   // lines that it has not taken yet
  std::string output_;  // the beginning of a line of its own
  std::string errors_;  // the same, of its standard error
  std::string last_error_;
  bool has_more_ = false;
  std::size_t in_flight_ = 0;
  std::chrono::steady_clock::time_point last_answer_;  // or when it was asked with none in flight
};

}  // namespace daybook::flow
