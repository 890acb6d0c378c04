#include "flow/task.h"

#include <condition_variable>
#include <mutex>
#include <random>
#include <stop_token>
#include <thread>

#include "flow/backoff.h"
#include "flow/rate.h"
#include "flow/rejected_topic.h"

namespace daybook::flow {
namespace {

using client::milliseconds;

constexpr std::size_t kMaxBatchRecords = 100'000;
constexpr std::size_t kMaxBatchBytes = 32u << 20;
constexpr milliseconds kFetchWait{250};       // also how soon a stop is seen
constexpr milliseconds kLookInterval{1'000};  // how often the end of the log is asked for
// Fetches that bring nothing, after which there is nothing: offsets that no record has (the markers
// of transactions) may lie between the position and the end of the log for ever.
constexpr int kQuietFetches = 8;
constexpr milliseconds kFirstPause{100};
constexpr milliseconds kLongestPause{5'000};
constexpr milliseconds kWaitingPause{500};  // the longest between looks for a missing topic

class LoopTask final : public Task {
 public:
  LoopTask(client::LogClient& log, const io::Clock& clock, TaskConfig config, MakeWork make_work)
      : log_(log),
        clock_(clock),
        config_(std::move(config)),
        make_work_(std::move(make_work)),
        rejected_(log, config_.topic, config_.name),
        backoff_(kFirstPause, kLongestPause, std::random_device{}()),
        waiting_(kFirstPause, kWaitingPause, std::random_device{}()) {}
  ~LoopTask() override { stop(); }

  void start() override {
    if (!thread_.joinable()) thread_ = std::jthread([this](std::stop_token stop) { run(stop); });
  }

  void stop() override {
    if (!thread_.joinable()) return;
    thread_.request_stop();
    thread_.join();
    set_state(TaskState::kStopped, "");
  }

  TaskStatus status() const override {
    const std::lock_guard lock(mutex_);
    auto status = status_;
    status.events_per_s = rate_.per_second(clock_.steady());
    return status;
  }

 private:
  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const auto ended = run_once(stop);
      work_.reset();
      reader_.reset();
      if (ended || stop.stop_requested()) continue;
      const auto& error = ended.error();
      const bool retrying = error.retriable() || error.code == ErrorCode::kNotFound ||
                            error.code == ErrorCode::kIo || error.code == ErrorCode::kNoSpace ||
                            error.code == ErrorCode::kOutcomeUnknown;
      set_state(retrying ? TaskState::kRetrying : TaskState::kFailed, error.message);
      {
        const std::lock_guard lock(mutex_);
        status_.last_error = error.message;
      }
      pause(stop, backoff_.next());
    }
  }

  // From nothing to reading, until it is stopped or something fails.
  Status run_once(const std::stop_token& stop) {
    DAYBOOK_TRY(schema_, wait_for_schema(stop));
    if (!schema_) return {};
    is_outdated_ = false;
    DAYBOOK_TRY(work_, make_work_(*schema_));
    DAYBOOK_TRY(reader_, log_.make_reader());
    assigned_.clear();
    empty_fetches_ = 0;
    DAYBOOK_TRY_VOID(look());
    while (!stop.stop_requested() && !is_outdated_) DAYBOOK_TRY_VOID(step());
    return {};
  }

  // A schema is published before the first event of its shape: what does not fit the one that was
  // read may fit a newer one.
  Status look_for_new_schema() {
    if (config_.declared) return {};
    DAYBOOK_TRY(const auto published, client::find_schema(log_, config_.topic));
    is_outdated_ = published && published != schema_;
    return {};
  }

  // Nothing if it was stopped before both the topic and its columns were there.
  Result<std::optional<client::Schema>> wait_for_schema(const std::stop_token& stop) {
    waiting_.reset();
    for (; !stop.stop_requested(); pause(stop, waiting_.next())) {
      const auto topic = log_.describe_topic(config_.topic);
      if (!topic) {
        if (topic.error().code != ErrorCode::kNotFound) return std::unexpected(topic.error());
        set_state(TaskState::kWaiting, "waiting for topic " + config_.topic);
        continue;
      }
      if (config_.declared) return config_.declared;
      DAYBOOK_TRY(auto published, client::find_schema(log_, config_.topic));
      if (published) return published;
      if (!config_.needs_columns) return std::optional(client::Schema());
      set_state(TaskState::kWaiting, "waiting for the columns of topic " + config_.topic +
                                         ": a source publishes them, or declare them in the "
                                         "application file under topics");
    }
    return std::optional<client::Schema>();
  }

  Status step() {
    DAYBOOK_TRY(const auto batch, reader_->fetch(kMaxBatchRecords, kMaxBatchBytes, kFetchWait));
    empty_fetches_ = batch->records().empty() ? empty_fetches_ + 1 : 0;
    if (!batch->records().empty()) DAYBOOK_TRY_VOID(apply(*batch));
    const bool has_drained = batch->records().empty() && !is_running_;
    if (has_drained || clock_.steady() >= next_look_) return look();
    return {};
  }

  Status apply(const client::Batch& batch) {
    DAYBOOK_TRY(const auto rejections, work_->compute(batch));
    if (!rejections.empty()) DAYBOOK_TRY_VOID(look_for_new_schema());
    if (is_outdated_) return {};
    if (!rejections.empty() && config_.stop_on_error) {
      const auto& record = batch.records()[rejections[0].record];
      const auto& source = batch.sources()[record.source];
      return fail(ErrorCode::kInvalid, "event " + source.topic + "/" +
                                           std::to_string(source.partition.value) + ":" +
                                           std::to_string(record.offset.value) +
                                           " cannot be applied, and on_error is "
                                           "stop: " +
                                           rejections[0].reason);
    }
    DAYBOOK_TRY_VOID(rejected_.write(batch, rejections));
    auto next = work_->position();
    for (const auto& record : batch.records()) {
      next[batch.sources()[record.source]] = record.offset.next();
    }
    DAYBOOK_TRY_VOID(work_->commit(next));
    backoff_.reset();
    const auto count = static_cast<std::int64_t>(batch.records().size());
    const std::lock_guard lock(mutex_);
    status_.events_applied += count;
    status_.rejected += static_cast<std::int64_t>(rejections.size());
    status_.lag_events = std::max<std::int64_t>(0, status_.lag_events - count);
    rate_.record(clock_.steady(), status_.events_applied);
    return {};
  }

  // Asks where the log ends, and takes up partitions that are new.
  Status look() {
    next_look_ = clock_.steady() + kLookInterval;
    DAYBOOK_TRY(const auto topic, log_.describe_topic(config_.topic));
    const bool is_new = static_cast<std::int32_t>(assigned_.size()) < topic.partitions;
    client::Position start = work_->position();
    std::int64_t lag = 0;
    for (std::int32_t i = 0; i < topic.partitions; ++i) {
      const client::TopicPartition partition{config_.topic, PartitionId{i}};
      DAYBOOK_TRY(const auto range, log_.offsets(partition));
      const auto at = start.try_emplace(partition, range.begin).first->second;
      lag += std::max<std::int64_t>(0, range.end - at);
    }
    if (is_new) {
      DAYBOOK_TRY_VOID(reader_->assign(start));
      assigned_ = start;
    }
    const bool is_at_end = lag == 0 || empty_fetches_ >= kQuietFetches;
    if (is_at_end) work_->caught_up();
    set_state(is_at_end || is_running_ ? TaskState::kRunning : TaskState::kCatchingUp, "");
    const std::lock_guard lock(mutex_);
    status_.lag_events = lag;
    return {};
  }

  void set_state(TaskState state, const std::string& detail) {
    is_running_ = state == TaskState::kRunning;
    const std::lock_guard lock(mutex_);
    status_.state = state;
    status_.detail = detail;
  }

  void pause(const std::stop_token& stop, milliseconds time) {
    std::unique_lock lock(pause_mutex_);
    paused_.wait_for(lock, stop, time, [] { return false; });
  }

  client::LogClient& log_;
  const io::Clock& clock_;
  const TaskConfig config_;
  const MakeWork make_work_;
  RejectedTopic rejected_;
  Backoff backoff_;
  Backoff waiting_;

  // Of the task's thread.
  std::optional<client::Schema> schema_;  // that the work was made for
  bool is_outdated_ = false;              // a newer one was published
  std::unique_ptr<Work> work_;
  std::unique_ptr<client::Reader> reader_;
  client::Position assigned_;
  std::chrono::steady_clock::time_point next_look_;
  bool is_running_ = false;
  int empty_fetches_ = 0;  // in a row

  std::mutex pause_mutex_;
  std::condition_variable_any paused_;

  mutable std::mutex mutex_;
  TaskStatus status_;
  Rate rate_;

  std::jthread thread_;
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
