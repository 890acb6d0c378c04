#include "flow/processor_task.h"

#include <algorithm>

#include "flow/lookup/lookup_wait.h"
#include "flow/loop_thread.h"
#include "flow/processor_run.h"
#include "flow/schema/inferred_schema.h"

namespace daybook::flow {
namespace {

using client::milliseconds;

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
        lookups_(std::move(lookups)) {
    for (const auto& input : spec_.inputs) topics_.emplace_back(log, input.topic, input.declared);
  }
  ~ProcessorTask() override { stop(); }

 private:
  using Schemas = std::vector<client::Schema>;

  Status run_once(const std::stop_token& stop) override {
    DAYBOOK_TRY(auto schemas, wait_for<Schemas>(stop, [this] { return look_for_schemas(); }));
    if (!schemas) return {};
    LookupWait lookups(log_, spec_, lookups_);
    DAYBOOK_TRY(const auto found, wait_for<bool>(stop, [&] { return look_at(lookups); }));
    if (!found) return {};
    run_ = std::make_unique<ProcessorRun>(log_, transactions_, spec_, identity_, &topics_);
    DAYBOOK_TRY_VOID(run_->open(std::move(*schemas), make_));
    known_end_.clear();
    set_state(TaskState::kWaiting, kNoShare);
    const std::stop_callback cancel(stop, [this] { run_->cancel(); });
    while (!stop.stop_requested()) {
      DAYBOOK_TRY(const bool goes_on, step());
      if (!goes_on) return {};
    }
    return {};
  }

  void clean_up() override { run_.reset(); }

  Result<FoundSchema> look_for_schema(std::size_t i) {
    if (spec_.needs_columns()) return topics_[i].find();
    return find_input_schema(log_, spec_.inputs[i].topic, spec_.inputs[i].declared);
  }

  // Nothing while a topic or its columns are missing.
  Result<std::optional<Schemas>> look_for_schemas() {
    Schemas schemas;
    for (std::size_t i = 0; i < spec_.inputs.size(); ++i) {
      DAYBOOK_TRY(auto found, look_for_schema(i));
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
    const auto stepped = run_->step(kFetchWait);
    if (!stepped) {
      (void)measure();  // what cannot be done now is still to be done
      return std::unexpected(stepped.error());
    }
    const auto& done = *stepped;
    if (done.is_outdated) return false;
    if (done.events > 0) count(done.events, done.rejected, done.late);
    const bool has_drained = done.events == 0 && !is_running();
    if (has_drained || clock_.steady() >= next_look_) DAYBOOK_TRY_VOID(look());
    return true;
  }

  // Asks where the log ends, and how many partitions the outputs have by now.
  Status look() {
    next_look_ = clock_.steady() + kLookInterval;
    DAYBOOK_TRY_VOID(run_->look_at_outputs());
    DAYBOOK_TRY(const bool has_reached_end, measure());
    if (run_->position().empty()) {
      set_state(TaskState::kWaiting, kNoShare);
    } else {
      const bool is_at_end = has_reached_end || is_running();
      set_state(is_at_end ? TaskState::kRunning : TaskState::kCatchingUp, "");
    }
    return {};
  }

  // Shows how far the log's end is. The position is at the end if it has reached what was the end
  // at the look before: of a log that is written to all the time there is always something further.
  Result<bool> measure() {
    std::int64_t lag = 0;
    bool has_reached = true;
    client::Position end;
    const auto& position = run_->position();
    DAYBOOK_TRY(const auto ranges, log_.offsets_of(partitions_of(position)));
    for (const auto& [partition, range] : ranges) {
      const auto at = position.at(partition);
      lag += std::max<std::int64_t>(0, range.end - at);
      const auto known = known_end_.find(partition);
      has_reached = has_reached && known != known_end_.end() && at >= known->second;
      end[partition] = range.end;
    }
    known_end_ = std::move(end);
    set_lag(lag);
    return lag == 0 || has_reached;
  }

  client::LogClient& log_;
  client::Transactions& transactions_;
  const ProcessorSpec spec_;
  const ProcessorIdentity identity_;
  const MakeTransform make_;
  const LookupTables lookups_;

  // Of the task's thread.
  std::vector<TopicSchema> topics_;  // the inputs
  std::unique_ptr<ProcessorRun> run_;
  std::chrono::steady_clock::time_point next_look_;
  client::Position known_end_;  // of its partitions, at the last look
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
