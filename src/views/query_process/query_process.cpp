#include "views/query_process/query_process.h"

#include <algorithm>

#include "base/report.h"
#include "views/query_process/query_worker.h"

namespace daybook::views {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using Stream = io::ChildProcess::Stream;

constexpr std::size_t kReadBytes = 64u << 10;
constexpr std::size_t kMaxErrorBytes = 1'000;
constexpr milliseconds kDeathPatience{1'000};  // between its last word and its death

Error memory_error(const std::string& what) {
  return {ErrorCode::kNoSpace,
          what + " " + std::to_string(kQueryProcessBytes >> 20) + " MiB of memory"};
}

}  // namespace

Result<std::unique_ptr<QueryProcess>> QueryProcess::start(const std::vector<std::string>& command) {
  DAYBOOK_TRY(auto child, io::ChildProcess::start(command, ""));
  return std::unique_ptr<QueryProcess>(new QueryProcess(std::move(child)));
}

Result<Answer> QueryProcess::run(const QueryJob& job) {
  DAYBOOK_TRY(const auto message, encode(job));
  auto outcome = converse(message, steady_clock::now() + job.time_limit + kKillPatience);
  is_usable_ = outcome && !outcome->is_spent;
  if (!outcome) return std::unexpected(std::move(outcome.error()));
  if (!outcome->answer && outcome->answer.error().code == ErrorCode::kNoSpace) {
    return std::unexpected(memory_error("the query needed more than"));
  }
  return std::move(outcome->answer);
}

Result<QueryOutcome> QueryProcess::converse(std::string_view message, TimePoint deadline) {
  output_.clear();
  for (auto unsent = message;;) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
    if (left <= milliseconds(0))
      return fail(ErrorCode::kTimedOut, "the query was not over in time");
    DAYBOOK_TRY(const bool goes_on, exchange(unsent, left));
    DAYBOOK_TRY(const bool is_whole, is_complete());
    if (is_whole) return decode_outcome(std::string_view(output_).substr(kMessageHeadBytes));
    if (!goes_on) return std::unexpected(death());
  }
}

// Once what can be written and read within that time. False if it does not answer any more.
Result<bool> QueryProcess::exchange(std::string_view& unsent, milliseconds time) {
  child_->wait(!unsent.empty(), time);
  DAYBOOK_TRY(const bool speaks, child_->read(Stream::kError, kReadBytes, errors_));
  errors_.resize(std::min(errors_.size(), kMaxErrorBytes));
  DAYBOOK_TRY(const bool answers, child_->read(Stream::kOutput, kReadBytes, output_));
  if (!speaks || !answers) return false;
  if (unsent.empty()) return true;
  const auto written = child_->write(unsent);
  if (!written) return false;
  unsent.remove_prefix(*written);
  return true;
}

Result<bool> QueryProcess::is_complete() const {
  if (output_.size() < kMessageHeadBytes) return false;
  DAYBOOK_TRY(const auto size,
              message_size(std::string_view(output_).substr(0, kMessageHeadBytes)));
  return output_.size() >= kMessageHeadBytes + size;
}

Error QueryProcess::death() {
  const auto how = child_->end(kDeathPatience);
  report(Severity::kWarning, "views",
         "a query ended its process (" + how + (errors_.empty() ? "" : ": " + errors_) +
             "); others go on");
  return memory_error("the query ended its process (" + how +
                      "), most likely since it needed more than");
}

}  // namespace daybook::views
