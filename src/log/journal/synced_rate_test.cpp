// Many partitions cost no sync each. A rate depends on the machine, so what is held against it is
// another rate, measured in turns.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <latch>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "io/clock.h"
#include "io/test_folder.h"
#include "log/committer.h"
#include "log/partition_set.h"
#include "log/test_batches.h"

namespace daybook::log {
namespace {

constexpr int kFew = 4;
constexpr int kMany = 1000;
constexpr std::size_t kLeastTurns = 5;
constexpr std::size_t kMostTurns = 15;
constexpr int kProducers = 128;
constexpr int kAppendsEach = 100;
constexpr std::string_view kTopic = "t";

class OpenLog {
 public:
  explicit OpenLog(int partitions) : partitions_(partitions) {
    std::vector<PartitionId> ids;
    for (int number = 0; number < partitions; ++number) ids.push_back(PartitionId{number});
    for (const auto& made : set_->create(kTopic, ids, Uuid{}, {})) EXPECT_TRUE(made);
  }
  ~OpenLog() { EXPECT_TRUE(set_->close()); }

  // Each producer appends to the partitions in turn, and waits until each append is durable.
  double appends_per_second() {
    const auto started = std::chrono::steady_clock::now();
    {
      std::vector<std::jthread> producers;
      for (int producer = 0; producer < kProducers; ++producer) {
        producers.emplace_back([this, producer] {
          for (int i = 0; i < kAppendsEach; ++i) append((producer + i) % partitions_);
        });
      }
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
    return kProducers * kAppendsEach / took.count();
  }

 private:
  void append(int number) {
    std::latch done(1);
    Partition& partition = **set_->find(kTopic, PartitionId{number});
    partition.when_durable(partition.append(batch_)->end, [&](const Status& status) {
      EXPECT_TRUE(status);
      done.count_down();
    });
    done.wait();
  }

  const int partitions_;
  const Bytes batch_ = make_batch({std::string(1000, 'v')});
  io::TestFolder folder_;
  Committer committer_;
  std::unique_ptr<PartitionSet> set_ =
      *PartitionSet::open(io::real_file_system(), io::real_clock(), committer_, folder_.path(), {},
                          Durability::kFsync, {});
};

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

// The median: on a machine that does other things a turn shows a third, or three times as many.
TEST(SyncedAppends, ToAThousandPartitionsAreAtLeastHalfAsFastAsToFour) {
  OpenLog few(kFew), many(kMany);
  std::vector<double> ratios;
  while (ratios.size() < kLeastTurns || (median(ratios) < 0.5 && ratios.size() < kMostTurns)) {
    const double rate = few.appends_per_second();
    ratios.push_back(many.appends_per_second() / rate);
    fmt::print("{:.0f} appends/s to {} partitions, {:.2f} of that to {}\n", rate, kFew,
               ratios.back(), kMany);
  }
  EXPECT_GE(median(ratios), 0.5);
}

}  // namespace
}  // namespace daybook::log
