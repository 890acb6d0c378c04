// What a fetch costs besides sending: finding, reading and checking the records of its partitions,
// and encoding the answer. From the page cache; arguments: partitions, bytes of each.

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <future>

#include "broker/apis/fetch/fetch_read.h"
#include "broker/engine.h"
#include "broker/server.h"
#include "broker/topics/topics.h"
#include "wire/batch_builder.h"
#include "wire/frame.h"

namespace daybook::broker::apis {
namespace {

constexpr std::int16_t kFetchVersion = 12;
constexpr std::size_t kRecordBytes = 100;
constexpr std::size_t kBatchBytes = 16384;
constexpr std::int64_t kBatches = 64;

Bytes make_batch() {
  wire::BatchBuilder builder;
  const std::string value(kRecordBytes, 'v');
  while (builder.size_bytes() < kBatchBytes) {
    builder.add(TimestampMs{1'700'000'000'000}, std::nullopt, as_bytes(value));
  }
  return *std::move(builder).finish();
}

class Log {
 public:
  explicit Log(std::int32_t partitions) {
    std::string pattern = std::filesystem::temp_directory_path() / "daybook-bench-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    ServerOptions options;
    options.data_folder = folder_;
    options.durability = log::Durability::kOs;
    engine_ = *Engine::open(options);
    std::promise<Result<TopicPtr>> made;
    engine_->core().topics.create({.name = "t", .partitions = partitions},
                                  [&](auto topic) { made.set_value(topic); });
    const TopicPtr topic = made.get_future().get().value();
    const Bytes batch = make_batch();
    for (const auto& partition : topic->partitions) {
      for (std::int64_t i = 0; i < kBatches; ++i) (void)(*partition)->append(batch);
    }
  }
  ~Log() {
    (void)engine_->stop();
    engine_.reset();
    std::filesystem::remove_all(folder_);
  }
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  Core& core() { return engine_->core(); }

 private:
  std::string folder_;
  std::unique_ptr<Engine> engine_;
};

void AssembleFetch(benchmark::State& state) {
  const auto partitions = static_cast<std::int32_t>(state.range(0));
  Log log(partitions);
  wire::FetchRequest request;
  auto& topic = request.topics.emplace_back();
  topic.topic = "t";
  for (std::int32_t i = 0; i < partitions; ++i) {
    auto& partition = topic.partitions.emplace_back();
    partition.partition = PartitionId{i};
    partition.partition_max_bytes = static_cast<std::int32_t>(state.range(1));
  }
  std::int64_t bytes = 0;
  for (auto _ : state) {
    const FetchRead read = read_for_fetch(log.core(), request, kFetchVersion);
    benchmark::DoNotOptimize(wire::encode_response_frame(1, read.response, kFetchVersion));
    bytes += static_cast<std::int64_t>(read.size_bytes);
  }
  state.SetBytesProcessed(bytes);
}
BENCHMARK(AssembleFetch)->ArgsProduct({{1, 64}, {1 << 10, 64 << 10, 1 << 20}});

}  // namespace
}  // namespace daybook::broker::apis
