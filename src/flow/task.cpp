#include "flow/task.h"

#include <algorithm>

#include "client/record_memory.h"
#include "flow/loop_thread.h"
#include "flow/position_text.h"
#include "flow/rejected_topic.h"
#include "flow/schema/inferred_schema.h"

namespace daybook::flow {
namespace {

using client::milliseconds;

constexpr std::size_t kMaxBatchRecords = 200'000;
constexpr std::size_t kMinBatchRecords = 1'000;

class LoopTask final : public LoopThread {
 public:
  LoopTask(client::LogClient& log, const io::Clock& clock, TaskConfig config, MakeWork make_work)
      : LoopThread(clock),
        log_(log),
        config_(std::move(config)),
        memory_(client::divide_memory(config_.batch_bytes)),
        max_records_(std::clamp(memory_.records, kMinBatchRecords, kMaxBatchRecords)),
        make_work_(std::move(make_work)),
        rejected_(log, config_.topic, config_.name),
        topic_schema_(log, config_.topic, config_.declared) {}
  ~LoopTask() override { stop(); }

 private:
  // From nothing to reading, until it is stopped or something fails.
  Status run_once(const std::stop_token& stop) override {
    DAYBOOK_TRY(schema_, wait_for<client::Schema>(stop, [this] { return look_for_schema(); }));
    if (!schema_) return {};
    is_outdated_ = false;
    DAYBOOK_TRY(work_, make_work_(*schema_));
    DAYBOOK_TRY(reader_, log_.make_reader());
    assigned_.clear();
    known_end_.clear();
    DAYBOOK_TRY_VOID(look());
    while (!stop.stop_requested() && !is_outdated_) DAYBOOK_TRY_VOID(step());
    return {};
  }

  void clean_up() override {
    work_.reset();
    reader_.reset();
  }

  // A schema is published before the first event of its shape: what does not fit the one that was
  // read may fit a newer one.
  Status look_for_new_schema(const client::Batch& batch, const std::vector<Rejection>& rejections) {
    if (config_.declared) return {};
    std::vector<std::string_view> values;
    for (const auto& rejection : rejections) {
      if (const auto value = batch.records()[rejection.record].value) values.push_back(*value);
    }
    DAYBOOK_TRY(const auto newer, topic_schema_.find_for(*schema_, values));
    is_outdated_ = newer.has_value();
    return {};
  }

  // Nothing while the topic or its columns are missing. Work that can do without them begins when
  // there are events without any: before, they may still be published.
  Result<std::optional<client::Schema>> look_for_schema() {
    DAYBOOK_TRY(auto found, topic_schema_.find());
    if (!found.schema && found.has_events && !config_.needs_columns) found.schema.emplace();
    if (!found.schema) set_state(TaskState::kWaiting, found.waiting_for);
    return std::move(found.schema);
  }

  Status step() {
    DAYBOOK_TRY(const auto batch, reader_->fetch(max_records_, memory_.bytes, kFetchWait));
    // An end alone is committed as well: the position tells what was read.
    if (!batch->records().empty() || !batch->ends().empty()) DAYBOOK_TRY_VOID(apply(*batch));
    if (batch->records().empty()) DAYBOOK_TRY_VOID(work_->settle(false));
    const bool has_drained = batch->records().empty() && !is_running();
    if (has_drained || clock_.steady() >= next_look_) return look();
    return {};
  }

  Status apply(const client::Batch& batch) {
    DAYBOOK_TRY(const auto rejections, work_->compute(batch));
    if (!rejections.empty()) DAYBOOK_TRY_VOID(look_for_new_schema(batch, rejections));
    if (is_outdated_) return {};
    if (!rejections.empty() && config_.stop_on_error) {
      DAYBOOK_TRY_VOID(work_->settle(true));
      return stopped_by(batch, rejections[0]);
    }
    DAYBOOK_TRY_VOID(rejected_.write(batch, rejections));
    auto next = work_->position();
    client::advance(next, batch);
    DAYBOOK_TRY_VOID(work_->commit(next));
    count(batch.records().size(), rejections.size());
    return {};
  }

  // Asks where the log ends, and takes up partitions that are new. The position is at the end if it
  // has reached what was the end at the look before: of a log that is written to all the time there
  // is always something further.
  Status look() {
    next_look_ = clock_.steady() + kLookInterval;
    DAYBOOK_TRY(const auto topic, log_.describe_topic(config_.topic));
    const bool is_new = static_cast<std::int32_t>(assigned_.size()) < topic.partitions;
    client::Position start = work_->position();
    client::Position end;
    std::int64_t lag = 0;
    DAYBOOK_TRY(const auto ranges, log_.offsets_of(partitions_of(topic)));
    for (const auto& [partition, range] : ranges) {
      const auto at = start.try_emplace(partition, range.begin).first->second;
      lag += std::max<std::int64_t>(0, range.end - at);
      end[partition] = range.end;
    }
    if (is_new) {
      DAYBOOK_TRY_VOID(reader_->assign(start));
      assigned_ = start;
    }
    const bool is_at_end = lag == 0 || (!is_new && covers(start, known_end_));
    known_end_ = std::move(end);
    if (is_at_end) DAYBOOK_TRY_VOID(work_->caught_up());
    set_state(is_at_end || is_running() ? TaskState::kRunning : TaskState::kCatchingUp, "");
    set_lag(lag);
    return {};
  }

  client::LogClient& log_;
  const TaskConfig config_;
  const client::RecordMemory memory_;  // of a batch
  const std::size_t max_records_;
  const MakeWork make_work_;
  RejectedTopic rejected_;

  // Of the task's thread.
  TopicSchema topic_schema_;
  std::optional<client::Schema> schema_;  // that the work was made for
  bool is_outdated_ = false;              // a newer one was published
  std::unique_ptr<Work> work_;
  std::unique_ptr<client::Reader> reader_;
  client::Position assigned_;
  std::chrono::steady_clock::time_point next_look_;
  client::Position known_end_;  // of the log, at the last look
};

}  // namespace

const char* to_string(TaskState state) {
  switch (state) {
    case TaskState::kStopped:
      return "stopped";
    case TaskState::kWaiting:
      return "waiting";
    case TaskState::kCatchingUp:
      return "catching up";
    case TaskState::kRunning:
      return "running";
    case TaskState::kRetrying:
      return "retrying";
    case TaskState::kFailed:
      return "failed";
  }
  return "unknown";
}

std::unique_ptr<Task> Task::make(client::LogClient& log, const io::Clock& clock, TaskConfig config,
                                 MakeWork make_work) {
  return std::make_unique<LoopTask>(log, clock, std::move(config), std::move(make_work));
}

}  // namespace daybook::flow
