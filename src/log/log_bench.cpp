// Append, group commit, read and recovery on the real disk, in a folder below $TMPDIR.
//
//   scripts/build bench log_bench && build/bench/log_bench

#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <filesystem>
#include <latch>
#include <thread>

#include "base/random.h"
#include "io/clock.h"
#include "io/file_system.h"
#include "log/committer.h"
#include "log/partition_set.h"
#include "wire/batch_builder.h"

namespace daybook::log {
namespace {

constexpr std::int64_t kRecordBytes = 100;
constexpr std::size_t kFetchBytes = std::size_t{1} << 20;

Bytes make_batch(std::int64_t size_bytes) {
  wire::BatchBuilder builder;
  const std::string value(kRecordBytes, 'v');
  for (std::int64_t done = 0; done < size_bytes; done += kRecordBytes) {
    builder.add(TimestampMs{1'700'000'000'000 + done}, std::nullopt, as_bytes(value));
  }
  return *std::move(builder).finish();
}

// A set of partitions of topic "t" in a folder of its own.
class Bench {
 public:
  Bench(int partitions, std::size_t committer_threads, Durability durability,
        JournalConfig journal = {})
      : committer_(committer_threads), journal_(journal), durability_(durability) {
    std::string pattern = std::filesystem::temp_directory_path() / "daybook-bench-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    open();
    for (int i = 0; i < partitions; ++i) {
      (void)set_->create("t", PartitionId{i}, random_uuid(), config_);
    }
  }
  ~Bench() {
    set_.reset();
    std::filesystem::remove_all(folder_);
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  void open() {
    set_.reset();
    set_ = *PartitionSet::open(io::real_file_system(), io::real_clock(), committer_, folder_,
                               config_, durability_, journal_);
  }
  Partition& partition(int number) { return **set_->find("t", PartitionId{number}); }
  const PartitionSet& set() const { return *set_; }
  Status close() { return set_->close(); }

 private:
  Committer committer_;
  PartitionConfig config_;
  JournalConfig journal_;
  Durability durability_;
  std::string folder_;
  std::unique_ptr<PartitionSet> set_;
};

void append_and_wait(Partition& partition, BytesView batch) {
  std::latch done(1);
  const auto appended = partition.append(batch);
  partition.when_durable(appended->end, [&](const Status&) { done.count_down(); });
  done.wait();
}

// To the page cache; arguments: bytes of a batch.
void append(benchmark::State& state) {
  Bench bench(1, 1, Durability::kOs);
  const Bytes batch = make_batch(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(bench.partition(0).append(batch));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(batch.size()));
}
BENCHMARK(append)->Arg(100)->Arg(1 << 10)->Arg(16 << 10)->Arg(256 << 10)->Iterations(4000);

// Each producer appends a batch of 1 KiB, waits until it is durable, and goes on. Arguments:
// partitions, producers, committer threads, and how many files the journal may have.
void acknowledged_append(benchmark::State& state) {
  constexpr int kAppendsEach = 400;
  const auto partitions = static_cast<int>(state.range(0));
  const auto producers = static_cast<int>(state.range(1));
  const JournalConfig journal{.max_files = static_cast<std::size_t>(state.range(3))};
  Bench bench(partitions, static_cast<std::size_t>(state.range(2)), Durability::kFsync, journal);
  const Bytes batch = make_batch(1 << 10);
  for (auto _ : state) {
    std::vector<std::thread> threads;
    for (int producer = 0; producer < producers; ++producer) {
      threads.emplace_back([&, producer] {
        for (int i = 0; i < kAppendsEach; ++i) {
          append_and_wait(bench.partition((producer + i) % partitions), batch);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  state.SetItemsProcessed(state.iterations() * producers * kAppendsEach);
}
BENCHMARK(acknowledged_append)
    ->ArgsProduct({{1, 4, 16, 256, 1000}, {1, 16, 128}, {4}, {0, 4}})
    ->UseRealTime()
    ->Iterations(3);

Bench& filled(std::int64_t batch_bytes, std::int64_t total_bytes) {
  static std::unique_ptr<Bench> bench;
  static std::int64_t filled_with = 0;
  if (filled_with != batch_bytes) {
    bench.reset();
    bench = std::make_unique<Bench>(1, 1, Durability::kOs);
    const Bytes batch = make_batch(batch_bytes);
    for (std::int64_t done = 0; done < total_bytes;) {
      (void)bench->partition(0).append(batch);
      done += static_cast<std::int64_t>(batch.size());
    }
    filled_with = batch_bytes;
  }
  return *bench;
}

// From the page cache, in order, in fetches of 1 MiB; arguments: bytes of a batch.
void read_in_order(benchmark::State& state) {
  const Partition& partition = filled(state.range(0), 256 << 20).partition(0);
  Offset from{0};
  std::int64_t bytes = 0;
  for (auto _ : state) {
    const auto result = partition.read(from, kFetchBytes, true);
    bytes += static_cast<std::int64_t>(result->batches.size());
    // An estimate of how many records there were; the next fetch overlaps a little.
    const auto records = static_cast<std::int64_t>(result->batches.size()) / kRecordBytes;
    from += records * 9 / 10;
    if (partition.high_watermark() - from < 2 * records) from = Offset{0};
  }
  state.SetBytesProcessed(bytes);
}
BENCHMARK(read_in_order)->Arg(1 << 10)->Arg(16 << 10)->Arg(256 << 10);

// One batch at a random offset; arguments: bytes of a batch.
void read_anywhere(benchmark::State& state) {
  const Partition& partition = filled(state.range(0), 256 << 20).partition(0);
  Random random(1);
  const auto end = static_cast<std::uint64_t>(partition.high_watermark().value);
  for (auto _ : state) {
    const Offset from{static_cast<std::int64_t>(random.below(end))};
    benchmark::DoNotOptimize(partition.read(from, 1, true));
  }
}
BENCHMARK(read_anywhere)->Arg(1 << 10)->Arg(16 << 10)->Arg(256 << 10);

// Opening after a crash: the scan of 64 MiB behind the checkpoint, from the page cache.
void recover(benchmark::State& state) {
  constexpr std::int64_t kBytes = std::int64_t{60} << 20;
  Bench bench(1, 1, Durability::kFsync);
  const Bytes batch = make_batch(state.range(0));
  for (std::int64_t done = 0; done < kBytes; done += static_cast<std::int64_t>(batch.size())) {
    (void)bench.partition(0).append(batch);
  }
  append_and_wait(bench.partition(0), batch);
  std::uint64_t bytes = 0;
  for (auto _ : state) {
    bench.open();
    bytes += bench.set().opened().front().report.scanned_bytes;
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}
BENCHMARK(recover)->Arg(1 << 10)->Arg(16 << 10)->Unit(benchmark::kMillisecond)->Iterations(5);

// Closing and opening a set; arguments: partitions, and whether each was written to.
void close_and_open(benchmark::State& state) {
  const auto partitions = static_cast<int>(state.range(0));
  Bench bench(partitions, Committer::kDefaultThreads, Durability::kFsync);
  const Bytes batch = make_batch(1 << 10);
  for (auto _ : state) {
    if (state.range(1) != 0) {
      for (int i = 0; i < partitions; ++i) (void)bench.partition(i).append(batch);
    }
    (void)bench.close();
    bench.open();
  }
}
BENCHMARK(close_and_open)
    ->ArgsProduct({{100, 1000}, {0, 1}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->Iterations(2);

}  // namespace
}  // namespace daybook::log
