#include "flow/task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <ranges>
#include <thread>

#include "client/forwarding_log.h"
#include "client/memory_log.h"

namespace daybook::flow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::chrono::seconds kPatience{60};
constexpr const char* kTopic = "t";

bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

// What a work keeps over restarts of the task.
struct Kept {
  std::mutex mutex;
  client::Position position;
  std::vector<std::string> values;
  int commits_to_fail = 0;
  int made = 0;

  std::vector<std::string> snapshot() {
    const std::lock_guard lock(mutex);
    return values;
  }
};

// Collects values; rejects those that begin with '!'.
class Collect final : public Work {
 public:
  explicit Collect(Kept& kept) : kept_(kept), position_(kept.position) {}
  const client::Position& position() const override { return position_; }
  Result<std::vector<Rejection>> compute(const client::Batch& batch) override {
    computed_.clear();
    std::vector<Rejection> rejections;
    for (std::size_t i = 0; i < batch.records().size(); ++i) {
      const auto value = std::string(*batch.records()[i].value);
      if (value.starts_with('!')) {
        rejections.push_back({i, "it begins with !"});
      } else {
        computed_.push_back(value);
      }
    }
    return rejections;
  }
  Status commit(const client::Position& next) override {
    const std::lock_guard lock(kept_.mutex);
    if (kept_.commits_to_fail > 0) {
      --kept_.commits_to_fail;
      return fail(ErrorCode::kNoSpace, "the disk is full");
    }
    position_ = next;
    kept_.position = next;
    kept_.values.insert(kept_.values.end(), computed_.begin(), computed_.end());
    return {};
  }
  Status caught_up() override { return {}; }

 private:
  Kept& kept_;
  client::Position position_;
  std::vector<std::string> computed_;
};

// The mark that ends a transaction, where the log ends.
class MarkBatch final : public client::Batch {
 public:
  explicit MarkBatch(const client::TopicPartition& partition, Offset end)
      : sources_{partition}, ends_{{0, end}} {}
  const std::vector<client::TopicPartition>& sources() const override { return sources_; }
  const std::vector<client::RecordView>& records() const override { return records_; }
  std::vector<client::HeaderView> headers(std::size_t) const override { return {}; }
  const std::vector<client::PartitionEnd>& ends() const override { return ends_; }

 private:
  std::vector<client::TopicPartition> sources_;
  std::vector<client::RecordView> records_;
  std::vector<client::PartitionEnd> ends_;
};

// A log that can be switched off, whose topic can seem to have fewer partitions, and can seem to
// end in a mark.
class SwitchedLog final : public client::ForwardingLog {
 public:
  explicit SwitchedLog(client::LogClient& log) : ForwardingLog(log) {}
  std::atomic<bool> is_off = false;
  std::atomic<std::int32_t> partitions = 100;
  std::atomic<bool> ends_in_mark = false;

  Result<std::unique_ptr<client::Reader>> make_reader() override {
    DAYBOOK_TRY_VOID(check());
    DAYBOOK_TRY(auto reader, ForwardingLog::make_reader());
    return std::make_unique<SwitchedReader>(*this, std::move(reader));
  }
  Result<client::TopicInfo> describe_topic(const std::string& name) override {
    DAYBOOK_TRY_VOID(check());
    DAYBOOK_TRY(auto topic, ForwardingLog::describe_topic(name));
    topic.partitions = std::min(topic.partitions, partitions.load());
    return topic;
  }
  Result<client::OffsetRanges> offsets_of(
      const std::vector<client::TopicPartition>& wanted) override {
    DAYBOOK_TRY_VOID(check());
    DAYBOOK_TRY(auto ranges, ForwardingLog::offsets_of(wanted));
    for (auto& range : std::views::values(ranges)) {
      if (ends_in_mark) range.end = range.end.next();
    }
    return ranges;
  }

 private:
  class SwitchedReader final : public client::Reader {
   public:
    SwitchedReader(SwitchedLog& log, std::unique_ptr<client::Reader> reader)
        : log_(log), reader_(std::move(reader)) {}
    Status assign(const client::Position& start) override { return reader_->assign(start); }
    Result<std::unique_ptr<client::Batch>> fetch(std::size_t records, std::size_t bytes,
                                                 client::milliseconds wait) override {
      DAYBOOK_TRY_VOID(log_.check());
      DAYBOOK_TRY(auto batch, reader_->fetch(records, bytes, wait));
      if (!log_.ends_in_mark || !batch->records().empty() || has_told_) return batch;
      has_told_ = true;
      const client::TopicPartition partition{kTopic, PartitionId{0}};
      DAYBOOK_TRY(const auto range, log_.offsets(partition));
      return std::make_unique<MarkBatch>(partition, range.end);
    }

   private:
    SwitchedLog& log_;
    std::unique_ptr<client::Reader> reader_;
    bool has_told_ = false;
  };
  Status check() const {
    return is_off ? fail(ErrorCode::kUnavailable, "no broker answers") : Status();
  }
};

class TaskTest : public testing::Test {
 protected:
  TaskTest() : memory_(client::make_memory_log()), log_(*memory_) {}

  void make_topic(std::int32_t partitions = 1) {
    ASSERT_TRUE(memory_->create_topic({kTopic, partitions, {}}));
  }
  void write(const std::string& value, std::int32_t partition = 0) {
    auto writer = memory_->make_writer().value();
    client::OutgoingRecord record;
    record.topic = kTopic;
    record.partition = PartitionId{partition};
    record.value = value;
    ASSERT_TRUE(writer->write(record));
    ASSERT_TRUE(writer->flush(client::milliseconds(1000)));
  }
  std::unique_ptr<Task> make(bool stop_on_error = false) {
    TaskConfig config{"test", kTopic, client::Schema{}, stop_on_error};
    return Task::make(log_, io::real_clock(), config,
                      [this](const client::Schema&) -> Result<std::unique_ptr<Work>> {
                        const std::lock_guard lock(kept_.mutex);
                        ++kept_.made;
                        return std::make_unique<Collect>(kept_);
                      });
  }
  bool has(std::size_t count) {
    return eventually([&] { return kept_.snapshot().size() >= count; });
  }

  std::unique_ptr<client::LogClient> memory_;
  SwitchedLog log_;
  Kept kept_;
};

TEST_F(TaskTest, EveryEventIsAppliedOnce) {
  make_topic();
  write("a");
  const auto task = make();
  task->start();
  ASSERT_TRUE(has(1));
  write("b");
  write("c");
  ASSERT_TRUE(has(3));
  EXPECT_THAT(kept_.snapshot(), ElementsAre("a", "b", "c"));
  EXPECT_TRUE(eventually([&] { return task->status().state == TaskState::kRunning; }));
  EXPECT_TRUE(eventually([&] { return task->status().events_applied == 3; }));
}

TEST_F(TaskTest, ItRidesThroughALogThatGoesAway) {
  make_topic();
  write("a");
  const auto task = make();
  task->start();
  ASSERT_TRUE(has(1));
  log_.is_off = true;
  ASSERT_TRUE(eventually([&] { return task->status().state == TaskState::kRetrying; }));
  EXPECT_EQ(task->status().detail, "no broker answers");
  write("b");
  log_.is_off = false;
  ASSERT_TRUE(has(2));
  EXPECT_THAT(kept_.snapshot(), ElementsAre("a", "b"));
  EXPECT_EQ(task->status().last_error, "no broker answers");
}

TEST_F(TaskTest, ACommitThatFailsIsTriedAgainFromTheSamePosition) {
  make_topic();
  write("a");
  write("!bad");
  kept_.commits_to_fail = 2;
  const auto task = make();
  task->start();
  ASSERT_TRUE(has(1));
  EXPECT_THAT(kept_.snapshot(), ElementsAre("a"));
  EXPECT_EQ(kept_.made, 3);
  EXPECT_TRUE(eventually([&] { return task->status().rejected == 1; }));
}

TEST_F(TaskTest, NewPartitionsAreTakenUp) {
  make_topic(3);
  log_.partitions = 1;
  write("a", 0);
  write("b", 2);
  const auto task = make();
  task->start();
  ASSERT_TRUE(has(1));
  EXPECT_THAT(kept_.snapshot(), ElementsAre("a"));
  log_.partitions = 3;
  ASSERT_TRUE(has(2));
  EXPECT_THAT(kept_.snapshot(), ElementsAre("a", "b"));
}

TEST_F(TaskTest, ThePositionPassesAMarkAtTheEnd) {
  make_topic();
  write("a");
  log_.ends_in_mark = true;
  const auto task = make();
  task->start();
  const client::Position end = {{{kTopic, PartitionId{0}}, Offset{2}}};
  EXPECT_TRUE(eventually([&] {
    const std::lock_guard lock(kept_.mutex);
    return kept_.position == end;
  }));
  EXPECT_TRUE(eventually([&] { return task->status().state == TaskState::kRunning; }));
  EXPECT_TRUE(eventually([&] { return task->status().lag_events == 0; }));
  EXPECT_EQ(task->status().events_applied, 1);
  EXPECT_THAT(kept_.snapshot(), ElementsAre("a"));
}

TEST_F(TaskTest, ATopicThatIsNotThereIsWaitedFor) {
  const auto task = make();
  task->start();
  EXPECT_TRUE(eventually([&] { return task->status().detail == "waiting for topic t"; }));
  make_topic();
  write("a");
  EXPECT_TRUE(has(1));
}

TEST_F(TaskTest, HowFarBehindItIsIsUnknownWhileTheLogDoesNotSay) {
  const auto task = make();
  task->start();
  EXPECT_TRUE(eventually([&] { return task->status().state == TaskState::kWaiting; }));
  EXPECT_EQ(task->status().lag_events, std::nullopt);
  make_topic();
  write("a");
  ASSERT_TRUE(eventually([&] { return task->status().lag_events == 0; }));
  log_.is_off = true;
  EXPECT_TRUE(eventually([&] { return task->status().lag_events == std::nullopt; }));
  EXPECT_EQ(task->status().state, TaskState::kRetrying);
  log_.is_off = false;
  EXPECT_TRUE(eventually([&] { return task->status().lag_events == 0; }));
}

TEST_F(TaskTest, StoppingTakesLessThanASecondAndStartingGoesOn) {
  make_topic();
  write("a");
  const auto task = make();
  // One time of a few: a machine that is busy may take longer now and then.
  std::chrono::duration<double> least = kPatience;
  for (int i = 0; i < 10 && least >= std::chrono::seconds(1); ++i) {
    task->start();
    ASSERT_TRUE(has(1));
    const auto before = std::chrono::steady_clock::now();
    task->stop();
    least =
        std::min<std::chrono::duration<double>>(least, std::chrono::steady_clock::now() - before);
    EXPECT_EQ(task->status().state, TaskState::kStopped);
  }
  EXPECT_LT(least, std::chrono::seconds(1));
  write("b");
  task->start();
  ASSERT_TRUE(has(2));
  EXPECT_THAT(kept_.snapshot(), ElementsAre("a", "b"));
}

TEST_F(TaskTest, OnErrorStopAppliesNothingOfTheBatch) {
  make_topic();
  write("a");
  write("!bad");
  const auto task = make(true);
  task->start();
  EXPECT_TRUE(eventually([&] { return task->status().state == TaskState::kFailed; }));
  EXPECT_THAT(task->status().detail, HasSubstr("t/0:1"));
  EXPECT_TRUE(kept_.snapshot().empty());
}

}  // namespace
}  // namespace daybook::flow
