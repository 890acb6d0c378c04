// Appends, reads, waits and a close from many threads, over the real disk and real committer
// threads: the order inside each producer holds, nobody sees more than the high watermark, and
// everybody who waits is answered.

#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include "io/clock.h"
#include "io/file_system.h"
#include "log/committer.h"
#include "log/partition_set.h"
#include "log/test_batches.h"

namespace daybook::log {
namespace {

constexpr int kAppenders = 4;
constexpr int kPartitions = 3;
constexpr int kAppendsEach = 150;

// Waits for a number of events.
class Countdown {
 public:
  explicit Countdown(int count) : left_(count) {}
  void done() {
    const std::lock_guard lock(mutex_);
    if (--left_ == 0) zero_.notify_all();
  }
  bool wait() {
    std::unique_lock lock(mutex_);
    return zero_.wait_for(lock, std::chrono::seconds(60), [this] { return left_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable zero_;
  int left_;
};

class ThreadsTest : public testing::Test {
 protected:
  ThreadsTest() {
    std::string pattern = std::filesystem::temp_directory_path() / "daybook-log-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    config_.segment_bytes = 8192;
    config_.index_interval_bytes = 256;
    config_.checkpoint_interval_bytes = 4096;
    // Small enough to be filled, settled and emptied while appends go on.
    const JournalConfig journal{.file_bytes = 64 << 10, .max_files = 3};
    set_ = PartitionSet::open(io::real_file_system(), io::real_clock(), committer_, folder_,
                              config_, Durability::kFsync, journal)
               .value();
    for (int i = 0; i < kPartitions; ++i) {
      EXPECT_TRUE(set_->create("t", PartitionId{i}, random_uuid(), config_).has_value());
    }
  }
  ~ThreadsTest() override {
    set_.reset();
    std::filesystem::remove_all(folder_);
  }
  Partition& partition(int number) { return *set_->find("t", PartitionId{number}).value(); }

  // Follows a partition from its beginning until `count` records were seen, woken by waits.
  void follow(int number, std::size_t count) {
    Partition& followed = partition(number);
    std::vector<int> next(kAppenders, 0);
    std::size_t seen = 0;
    while (seen < count) {
      Countdown woken(1);
      const Offset from{static_cast<std::int64_t>(seen)};
      followed.when_readable(from, [&] { woken.done(); });
      ASSERT_TRUE(woken.wait());
      const auto result = followed.read(from, 4000, true);
      ASSERT_TRUE(result.has_value()) << result.error().message;
      for (const ReadRecord& record : records_of(result->batches)) {
        ASSERT_EQ(record.offset, Offset{static_cast<std::int64_t>(seen++)});
        ASSERT_LT(record.offset, result->high_watermark);
        const auto appender = static_cast<std::size_t>(record.value[0] - 'a');
        ASSERT_EQ(std::stoi(record.value.substr(1)), next[appender]++);
      }
    }
  }

  void append_all(int appender, Countdown& answered, std::atomic<int>& failures) {
    for (int i = 0; i < kAppendsEach; ++i) {
      for (int number = 0; number < kPartitions; ++number) {
        std::string value(1, static_cast<char>('a' + appender));
        value += std::to_string(i);
        const auto appended = partition(number).append(make_batch({std::move(value)}));
        if (!appended) {
          ++failures;
          answered.done();
          continue;
        }
        partition(number).when_durable(appended->end, [&](const Status& status) {
          failures += status ? 0 : 1;
          answered.done();
        });
      }
    }
  }

  std::string folder_;
  PartitionConfig config_;
  Committer committer_{3};
  std::unique_ptr<PartitionSet> set_;
};

TEST_F(ThreadsTest, OrderHoldsAndEverybodyIsAnswered) {
  Countdown answered(kAppenders * kAppendsEach * kPartitions);
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (int number = 0; number < kPartitions; ++number) {
    threads.emplace_back([this, number] { follow(number, kAppenders * kAppendsEach); });
  }
  for (int appender = 0; appender < kAppenders; ++appender) {
    threads.emplace_back([&, appender] { append_all(appender, answered, failures); });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(answered.wait());
  EXPECT_EQ(failures, 0);
  EXPECT_TRUE(set_->close().has_value());
}

TEST_F(ThreadsTest, ClosingUnderLoadAnswersEverybody) {
  Countdown answered(kAppenders * kAppendsEach * kPartitions);
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (int appender = 0; appender < kAppenders; ++appender) {
    threads.emplace_back([&, appender] { append_all(appender, answered, failures); });
  }
  EXPECT_TRUE(set_->close().has_value());
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(answered.wait());
}

TEST_F(ThreadsTest, RemovingUnderLoadAnswersEverybody) {
  Countdown answered(kAppendsEach);
  const auto removed = set_->find("t", PartitionId{0}).value();
  std::thread appender([&] {
    for (int i = 0; i < kAppendsEach; ++i) {
      const auto appended = removed->append(make_batch({"x"}));
      if (!appended) {
        EXPECT_EQ(appended.error().fault, AppendFault::kClosed);
        answered.done();
        continue;
      }
      removed->when_durable(appended->end, [&](const Status&) { answered.done(); });
    }
  });
  EXPECT_TRUE(set_->remove("t", PartitionId{0}).has_value());
  EXPECT_TRUE(set_->sweep(false).has_value());
  appender.join();
  EXPECT_TRUE(answered.wait());
}

}  // namespace
}  // namespace daybook::log
