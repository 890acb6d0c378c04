#include "flow/exec/program.h"

#include <algorithm>

#include "base/report.h"
#include "flow/exec/answer.h"

namespace daybook::flow {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using Stream = io::ChildProcess::Stream;

constexpr std::size_t kMaxUnsentBytes = 256u << 10;  // beyond which no further line is made
constexpr std::size_t kReadBytes = 64u << 10;
constexpr std::size_t kShownLineBytes = 100;          // of a line, in a message
constexpr std::size_t kMaxErrorLineBytes = 4u << 10;  // longer ones are cut into several
constexpr milliseconds kWatchInterval{100};  // how soon a cancellation and a death are seen
constexpr milliseconds kEndPatience{500};    // after its input has ended
constexpr milliseconds kDeathPatience{200};  // between its last word and its death
constexpr milliseconds kDeathPause{5};
// Of one conversation: a member of a group that is silent for longer is put out of it.
constexpr milliseconds kMaxConversation{180'000};

std::unexpected<Error> surplus(std::string_view line) {
  return fail(ErrorCode::kInvalid,
              "it wrote a line that answers nothing, " +
                  std::string(line.substr(0, kShownLineBytes)) +
                  ": each line must be answered by one line, and what is said beside goes to "
                  "standard error");
}

// Python keeps what it writes to a pipe until there is more of it: then its answer would not come.
const std::vector<std::string> kEnvironment{"PYTHONUNBUFFERED=1"};

// The lines of `text`, which keeps the beginning of the next.
template <class Take>
Status cut_lines(std::string& text, const Take& take) {
  std::size_t begin = 0;
  for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
    auto line = std::string_view(text).substr(begin, end - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    begin = end + 1;
    DAYBOOK_TRY_VOID(take(line));
  }
  text.erase(0, begin);
  return {};
}

}  // namespace

Program::Program(const ExecSpec& spec, const std::string& processor)
    : spec_(spec), processor_(processor) {}

Result<std::unique_ptr<Program>> Program::start(const ExecSpec& spec,
                                                const std::string& processor) {
  std::unique_ptr<Program> program(new Program(spec, processor));
  DAYBOOK_TRY(program->child_, io::ChildProcess::start(spec.command, spec.folder, kEnvironment));
  return program;
}

Program::~Program() {
  if (child_ == nullptr) return;
  child_->end(kEndPatience);
}

Status Program::converse(const NextLine& next, const TakeAnswer& take) {
  DAYBOOK_TRY_VOID(look());
  const auto began = steady_clock::now();
  has_more_ = true;
  while (true) {
    fill(next);
    if (!has_more_ && in_flight_ == 0) return look();
    if (auto done = exchange(take); !done) return fail_with(std::move(done.error()));
    if (auto in_time = check_time(began); !in_time) return fail_with(std::move(in_time.error()));
    if (is_cancelled_) return fail_with({ErrorCode::kCancelled, "it was stopped"});
  }
}

Status Program::look() {
  auto done = exchange([](std::string_view) -> Status { return {}; });
  if (done && !output_.empty()) done = surplus(output_);
  if (!done) return fail_with(std::move(done.error()));
  return {};
}

void Program::fill(const NextLine& next) {
  while (has_more_ && in_flight_ < spec_.max_in_flight && input_.size() < kMaxUnsentBytes) {
    has_more_ = next(input_);
    if (!has_more_) return;
    if (in_flight_++ == 0) last_answer_ = steady_clock::now();
  }
}

// Once what can be written and read now, or after a while, if that is nothing.
Status Program::exchange(const TakeAnswer& take) {
  const bool is_idle = in_flight_ == 0;
  child_->wait(!input_.empty(), is_idle ? milliseconds(0) : kWatchInterval);
  DAYBOOK_TRY_VOID(read_errors());
  DAYBOOK_TRY(const bool goes_on, child_->read(Stream::kOutput, kReadBytes, output_));
  DAYBOOK_TRY_VOID(take_lines(take));
  const bool is_over = !goes_on || !child_->is_running();
  if (is_over && (is_idle || in_flight_ > 0)) return fail(ErrorCode::kUnavailable, "it has ended");
  if (input_.empty() || is_over) return {};
  DAYBOOK_TRY(const auto size, child_->write(input_));
  input_.erase(0, size);
  return {};
}

Status Program::take_lines(const TakeAnswer& take) {
  auto done = cut_lines(output_, [&](std::string_view line) -> Status {
    if (in_flight_ == 0) return surplus(line);
    DAYBOOK_TRY_VOID(take(line));
    --in_flight_;
    last_answer_ = steady_clock::now();
    return {};
  });
  if (!done || output_.size() <= kMaxAnswerBytes) return done;
  return fail(ErrorCode::kInvalid,
              "it wrote a line of more than " + std::to_string(kMaxAnswerBytes) + " bytes");
}

Status Program::read_errors() {
  DAYBOOK_TRY(const bool goes_on, child_->read(Stream::kError, kReadBytes, errors_));
  auto cut = cut_lines(errors_, [this](std::string_view line) -> Status {
    report_error(line);
    return {};
  });
  if (errors_.size() > kMaxErrorLineBytes || !goes_on) report_error(std::exchange(errors_, {}));
  return cut;
}

void Program::report_error(std::string_view line) {
  for (std::size_t at = 0; at < line.size(); at += kMaxErrorLineBytes) {
    last_error_ = line.substr(at, kMaxErrorLineBytes);
    report(Severity::kInfo, "flow", "processor " + processor_ + ": " + last_error_);
  }
}

Status Program::check_time(steady_clock::time_point began) const {
  const auto now = steady_clock::now();
  if (in_flight_ > 0 && now - last_answer_ >= milliseconds(spec_.timeout_ms)) {
    return fail(ErrorCode::kTimedOut,
                "it has not answered within " + std::to_string(spec_.timeout_ms) +
                    " ms (\"timeout\"): does it write out each line at once?");
  }
  if (now - began < kMaxConversation) return {};
  return fail(ErrorCode::kTimedOut, "it is too slow for one transaction of so many events");
}

std::unexpected<Error> Program::fail_with(Error error) {
  const bool has_ended = error.code == ErrorCode::kUnavailable;
  const auto until = steady_clock::now() + kDeathPatience;
  while (has_ended && child_->is_running() && steady_clock::now() < until) {
    child_->wait(false, kDeathPause);
    (void)read_errors();
  }
  (void)read_errors();
  const auto outcome = child_->end(milliseconds(0));
  if (has_ended) error.message += " (" + outcome + ")";
  if (!last_error_.empty()) error.message += "; it said last: " + last_error_;
  return std::unexpected(std::move(error));
}

}  // namespace daybook::flow
