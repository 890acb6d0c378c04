// A view's life: a task on a thread of its own reads the topic from the view's position on, folds
// each batch into the view's rows, and commits rows and position together, so that every event is
// counted exactly once whatever crashes. It waits for a topic that does not exist yet, rides
// through a log that goes away, and reports what it does.
//
// A version is rebuilt from the first event beside the one that answers, compared with it, and
// swapped in; views/life/view_life.h says how.
//
// Threads: start() and stop() by the owner; the rest by any.

#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/log_client.h"
#include "client/transactions.h"
#include "io/clock.h"
#include "io/file_system.h"
#include "views/answer.h"
#include "views/life/version_diff.h"
#include "views/view_kind.h"
#include "views/view_reader.h"
#include "views/view_spec.h"

namespace daybook::views {

struct VersionStatus {
  int version = 0;
  std::string role;   // serving, candidate, former
  std::string state;  // as ViewStatus
  std::string detail;
  bool is_ready = false;  // it has caught up with the log once
  std::int64_t rows = 0;
  client::Position position;
  std::optional<std::int64_t> lag_events;  // as ViewStatus
  std::int64_t events_applied = 0;         // by this process
  double events_per_s = 0;
  // How long what is left takes at the rate of the last seconds; nothing if either is not known.
  std::optional<double> seconds_left() const {
    if (!lag_events || events_per_s <= 0) return std::nullopt;
    return static_cast<double>(*lag_events) / events_per_s;
  }
};

struct ViewStatus {
  std::string name;
  std::string kind;
  std::string state;   // stopped, waiting, catching up, running, retrying, failed
  std::string detail;  // what it waits for or why it failed: "waiting for topic bank.card_tx"
  int version = 0;     // the one that answers; 0: none yet
  std::vector<ResultColumn> columns;  // empty while no version answers
  client::Position position;
  std::int64_t rows = 0;
  // Between the position and the end of the log; nothing while that has not been asked for.
  std::optional<std::int64_t> lag_events;
  std::int64_t events_applied = 0;      // by this process
  double events_per_s = 0;              // over the last seconds
  std::int64_t rejected = 0;            // by this process
  std::string last_error;               // the most recent one, even if it has been overcome
  std::vector<VersionStatus> versions;  // the one that answers first
};

struct DiffOptions {
  std::size_t samples = 5;  // of each kind of difference
  // How long the version that is behind may take to the position of the other.
  std::chrono::milliseconds wait_limit{10'000};
  std::chrono::milliseconds time_limit{60'000};  // of the comparison itself
};

inline constexpr double kDefaultMaxDifferencePercent = 1;

struct SwapOptions {
  bool force = false;  // without comparing
  double max_difference_percent = kDefaultMaxDifferencePercent;
  DiffOptions diff;
};

struct SwapReport {
  int version = 0;                       // answers now
  int former = 0;                        // answered before, and is kept
  std::optional<Difference> difference;  // nothing if it was forced
};

// What a view is given; all of it outlives the view.
struct ViewContext {
  client::LogClient& log;
  io::FileSystem& files;
  const io::Clock& clock;
  std::string state_folder;            // the view's files are in <state_folder>/views/<name>
  std::size_t batch_bytes = 64 << 20;  // of memory, for a batch of events, of each version
  std::size_t cache_bytes = 64 << 20;  // of memory, for what is in the file of each version
  client::Transactions* transactions = nullptr;  // of `log`: for views that publish their changes
};

class View {
 public:
  virtual ~View() = default;  // stops first

  // Starts the task. Nothing that the log or the topic lacks is an error here: it is waited for.
  virtual void start() = 0;
  // Ends the tasks within a second; what was committed stays. Reading goes on working,
  // but nobody waits for a position any more.
  virtual void stop() = 0;
  virtual ViewStatus status() const = 0;
  virtual const ViewSpec& spec() const = 0;
  virtual const ViewPlan& plan() const = 0;
  virtual ViewReader& reader() = 0;

  // Begins to build a version from the first event beside the one that answers, and returns its
  // number. It takes over by swap() only. kAlreadyExists: one is being built; kUnavailable: the
  // first is not complete yet.
  virtual Result<int> rebuild() = 0;
  // The version that answers against the one that is built beside it or, if there is none, the
  // former one, at one position. Both stand still until they are there. kNotFound: there is no
  // other; kUnavailable: one has not caught up, or does not move.
  virtual Result<Difference> diff(const DiffOptions& options) = 0;
  // Lets the version that was built answer, durably and in one step; the former one is kept, and
  // kept current. kInvalid: they differ in more than is allowed; else as diff().
  virtual Result<SwapReport> swap(const SwapOptions& options) = 0;
  // Lets the former version answer again, and returns its number; the other becomes the former.
  virtual Result<int> rollback() = 0;
  // Removes a version that does not answer: by number or, for 0, the one that is being built or,
  // if there is none, the former one. Returns its number.
  virtual Result<int> drop(int version) = 0;
};

// kInvalid with every fault of check(spec, plan); kCorrupt or kIo, naming the file, if the stored
// version cannot be opened.
Result<std::unique_ptr<View>> open_view(ViewSpec spec, std::shared_ptr<const ViewPlan> plan,
                                        ViewContext context);

}  // namespace daybook::views
