#include "flow/processor_task.h"

#include <algorithm>

#include "flow/input_schema.h"
#include "flow/lookup/lookup_wait.h"
#include "flow/loop_thread.h"
#include "flow/processor_run.h"

namespace daybook::flow {
namespace {

using client::milliseconds;

constexpr milliseconds kFetchWait{250};       // also how soon a stop is seen
constexpr milliseconds kLookInterval{1'000};  // how often the end of the log is asked for
// Steps that bring nothing, after which there is nothing: at the end of what another processor
// writes there is the marker of its transaction, which no record has.
constexpr int kQuietSteps = 8;
constexpr const char* kNoShare = "waiting for its share of the partitions";

class ProcessorTask final : public LoopThread {
 public:
  ProcessorTask(client::LogClient& log, client::Transactions& transactions, const io::Clock& clock,
                ProcessorSpec spec, ProcessorIdentity identity, MakeTransform make,
                LookupTables lookups)
      : LoopThread(clock),
        log_(log),
        transactions_(transactions),
        spec_(std::move(spec)),
        identity_(std::move(identity)),
        make_(std::move(make)),
        lookups_(std::move(lookups)) {}
  ~ProcessorTask() override { stop(); }

 private:
  using Schemas = std::vector<client::Schema>;

  Status run_once(const std::stop_token& stop) override {
    DAYBOOK_TRY(auto schemas, wait_for<Schemas>(stop, [this] { return look_for_schemas(); }));
    if (!schemas) return {};
    LookupWait lookups(log_, clock_, spec_, lookups_);
    DAYBOOK_TRY(const auto found, wait_for<bool>(stop, [&] { return look_at(lookups); }));
    if (!found) return {};
    run_ = std::make_unique<ProcessorRun>(log_, transactions_, spec_, identity_);
    DAYBOOK_TRY_VOID(run_->open(std::move(*schemas), make_));
    empty_steps_ = 0;
    set_state(TaskState::kWaiting, kNoShare);
    const std::stop_callback cancel(stop, [this] { run_->cancel(); });
    while (!stop.stop_requested()) {
      DAYBOOK_TRY(const bool goes_on, step());
      if (!goes_on) return {};
    }
    return {};
  }

  void clean_up() override { run_.reset(); }

  // Nothing while a topic or its columns are missing.
  Result<std::optional<Schemas>> look_for_schemas() {
    Schemas schemas;
    for (const auto& input : spec_.inputs) {
      DAYBOOK_TRY(auto found, find_input_schema(log_, input.topic, input.declared));
      if (!found.schema && found.has_topic && !spec_.needs_columns()) found.schema.emplace();
      if (!found.schema) {
        set_state(TaskState::kWaiting, found.waiting_for);
        return std::nullopt;
      }
      schemas.push_back(std::move(*found.schema));
    }
    return schemas;
  }

  // Nothing while there is something to wait for.
  Result<std::optional<bool>> look_at(LookupWait& lookups) {
    DAYBOOK_TRY(const auto waits_for, lookups.waits_for());
    if (!waits_for) return std::optional(true);
    set_state(TaskState::kWaiting, *waits_for);
    return std::optional<bool>();
  }

  // False if it must begin anew.
  Result<bool> step() {
    DAYBOOK_TRY(const auto done, run_->step(kFetchWait));
    if (done.is_outdated) return false;
    empty_steps_ = done.events == 0 ? empty_steps_ + 1 : 0;
    if (done.events > 0) count(done.events, done.rejected);
    const bool has_drained = done.events == 0 && !is_running();
    if (has_drained || clock_.steady() >= next_look_) DAYBOOK_TRY_VOID(look());
    return true;
  }

  // Asks where the log ends, and how many partitions the outputs have by now.
  Status look() {
    next_look_ = clock_.steady() + kLookInterval;
    DAYBOOK_TRY_VOID(run_->look_at_outputs());
    std::int64_t lag = 0;
    for (const auto& [partition, offset] : run_->position()) {
      DAYBOOK_TRY(const auto range, log_.offsets(partition));
      lag += std::max<std::int64_t>(0, range.end - offset);
    }
    if (empty_steps_ >= kQuietSteps) lag = 0;
    set_lag(lag);
    if (run_->position().empty()) {
      set_state(TaskState::kWaiting, kNoShare);
    } else {
      set_state(lag == 0 || is_running() ? TaskState::kRunning : TaskState::kCatchingUp, "");
    }
    return {};
  }

  client::LogClient& log_;
  client::Transactions& transactions_;
  const ProcessorSpec spec_;
  const ProcessorIdentity identity_;
  const MakeTransform make_;
  const LookupTables lookups_;

  // Of the task's thread.
  std::unique_ptr<ProcessorRun> run_;
  int empty_steps_ = 0;  // in a row
  std::chrono::steady_clock::time_point next_look_;
};

}  // namespace

std::unique_ptr<Task> make_processor_task(client::LogClient& log,
                                          client::Transactions& transactions,
                                          const io::Clock& clock, ProcessorSpec spec,
                                          ProcessorIdentity identity, MakeTransform make,
                                          LookupTables lookups) {
  return std::make_unique<ProcessorTask>(log, transactions, clock, std::move(spec),
                                         std::move(identity), std::move(make), std::move(lookups));
}

}  // namespace daybook::flow
