#include "drive.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <deque>
#include <string>

#include "clerk.h"

namespace bank {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostInFlight = 128;
constexpr std::chrono::milliseconds kReportEvery{1000};
constexpr std::chrono::milliseconds kLongestWait{100};
// A rate is caught up with after a hold-up, but not for longer than this much of it.
constexpr double kMostCatchUp_s = 1.0;

class Driver {
 public:
  Driver(Database& database, const DriveOptions& options, Clerk clerk)
      : database_(database), options_(options), clerk_(std::move(clerk)) {}

  Result<void> run();

 private:
  enum class State { kRunning, kPausing, kPaused, kStopping };

  bool finished() const;
  Result<void> send_what_is_due();
  Result<void> send_next();
  Result<void> take_outcomes();
  Result<void> start_again_from_the_database();
  void wait();
  void read_commands();
  void obey(const std::string& command);
  void report();
  std::int64_t in_flight() const { return static_cast<std::int64_t>(expected_.size()); }

  Database& database_;
  DriveOptions options_;
  Clerk clerk_;
  State state_ = State::kRunning;
  std::deque<bool> expected_;  // of each transaction in flight: must it be refused?
  std::vector<Outcome> outcomes_;
  bool surprised_ = false;  // a constraint refused what the books allowed
  std::int64_t committed_ = 0;
  std::int64_t refused_ = 0;
  double allowance_ = 0;  // transactions that the rate allows now
  Clock::time_point allowed_until_ = Clock::now();
  Clock::time_point reported_at_ = Clock::now();
  std::string input_;
};

Result<void> Driver::run() {
  while (!finished()) {
    if (auto done = send_what_is_due(); !done) return done;
    if (auto done = take_outcomes(); !done) return done;
    if (surprised_ && expected_.empty()) {
      if (auto done = start_again_from_the_database(); !done) return done;
    }
    if (state_ == State::kPausing && expected_.empty()) {
      state_ = State::kPaused;
      report();
    }
    if (Clock::now() - reported_at_ >= kReportEvery) report();
    wait();
  }
  report();
  return database_.leave_pipeline();
}

bool Driver::finished() const {
  bool enough = options_.transactions > 0 && committed_ >= options_.transactions;
  return expected_.empty() && (enough || state_ == State::kStopping);
}

Result<void> Driver::send_what_is_due() {
  auto now = Clock::now();
  if (options_.rate_per_s > 0) {
    double passed_s = std::chrono::duration<double>(now - allowed_until_).count();
    allowance_ = std::min(allowance_ + passed_s * options_.rate_per_s,
                          std::max(1.0, kMostCatchUp_s * options_.rate_per_s));
  }
  allowed_until_ = now;
  if (state_ != State::kRunning || surprised_) return {};
  while (expected_.size() < kMostInFlight && (options_.rate_per_s == 0 || allowance_ >= 1)) {
    auto may_commit = committed_ + std::count(expected_.begin(), expected_.end(), false);
    if (options_.transactions > 0 && may_commit >= options_.transactions) break;
    if (auto sent = send_next(); !sent) return sent;
    allowance_ -= 1;
  }
  return {};
}

Result<void> Driver::send_next() {
  Operation operation = clerk_.next();
  for (const Statement& statement : operation.statements) {
    if (auto sent = database_.send(statement.prepared, statement.values); !sent) return sent;
  }
  expected_.push_back(operation.must_be_refused);
  return database_.end_transaction();
}

Result<void> Driver::take_outcomes() {
  outcomes_.clear();
  if (auto done = database_.exchange(outcomes_); !done) return done;
  for (Outcome outcome : outcomes_) {
    bool must_be_refused = expected_.front();
    expected_.pop_front();
    if (outcome == Outcome::kCommitted && must_be_refused) {
      return std::unexpected("PostgreSQL accepted a transfer beyond the overdraft limit");
    }
    if (outcome == Outcome::kRefused && !must_be_refused) surprised_ = true;
    ++(outcome == Outcome::kCommitted ? committed_ : refused_);
  }
  return {};
}

// Somebody else changed the bank's data too, and the books were wrong about it: read them again.
Result<void> Driver::start_again_from_the_database() {
  if (auto done = database_.leave_pipeline(); !done) return done;
  auto books = Books::load(database_);
  if (!books) return std::unexpected(books.error());
  clerk_ = Clerk(std::move(*books), options_.seed);
  surprised_ = false;
  return database_.enter_pipeline();
}

void Driver::wait() {
  auto timeout = kLongestWait;
  bool may_send = state_ == State::kRunning && !surprised_ && expected_.size() < kMostInFlight;
  if (may_send && options_.rate_per_s > 0) {
    auto until_due = std::chrono::duration<double>((1 - allowance_) / options_.rate_per_s);
    timeout = std::clamp(std::chrono::ceil<std::chrono::milliseconds>(until_due),
                         std::chrono::milliseconds(0), kLongestWait);
  }
  short database_events = database_.wants_to_write() ? POLLIN | POLLOUT : POLLIN;
  pollfd files[] = {{.fd = database_.socket(), .events = database_events, .revents = 0},
                    {.fd = STDIN_FILENO, .events = POLLIN, .revents = 0}};
  poll(files, options_.take_commands ? 2 : 1, static_cast<int>(timeout.count()));
  if (options_.take_commands && files[1].revents != 0) read_commands();
}

void Driver::read_commands() {
  char bytes[256];
  ssize_t got = read(STDIN_FILENO, bytes, sizeof bytes);
  if (got <= 0) {  // whoever gave the commands is gone
    obey("stop");
    options_.take_commands = false;
    return;
  }
  input_.append(bytes, static_cast<std::size_t>(got));
  for (auto end = input_.find('\n'); end != std::string::npos; end = input_.find('\n')) {
    obey(input_.substr(0, end));
    input_.erase(0, end + 1);
  }
}

void Driver::obey(const std::string& command) {
  if (state_ == State::kStopping) return;
  if (command == "pause" && state_ == State::kRunning) state_ = State::kPausing;
  if (command == "resume") {
    state_ = State::kRunning;
    allowance_ = 0;
    report();
  }
  if (command == "stop") state_ = State::kStopping;
}

void Driver::report() {
  reported_at_ = Clock::now();
  fmt::print("committed={} refused={} in_flight={} state={}\n", committed_, refused_, in_flight(),
             state_ == State::kPaused ? "paused" : "running");
  std::fflush(stdout);
}

}  // namespace

Result<void> drive(Database& database, const DriveOptions& options) {
  auto books = Books::load(database);
  if (!books) return std::unexpected(books.error());
  if (books->customers() == 0) {
    return std::unexpected("this bank has no customers yet: run `bank-sim fill` first");
  }
  if (auto done = Clerk::prepare_statements(database); !done) return done;
  if (auto done = database.enter_pipeline(); !done) return done;
  return Driver(database, options, Clerk(std::move(*books), options.seed)).run();
}

}  // namespace bank
