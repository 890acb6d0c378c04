// What a fetch costs besides sending: finding and checking the records of its partitions, copying
// them if they are few, and encoding the answer. From the page cache; arguments: partitions, bytes
// of each.

#include "broker/fetch/fetch_read.h"

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <future>

#include "broker/engine.h"
#include "broker/limits.h"
#include "broker/server.h"
#include "broker/topics/topics.h"
#include "wire/batch_builder.h"
#include "wire/frame.h"

namespace daybook::broker {
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
    options.durability = Durability::kOs;
    engine_ = Engine::open(options).value();
    std::promise<Result<TopicPtr>> made;
    engine_->core().topics.create({.name = "t", .partitions = partitions},
                                  [&](auto topic) { made.set_value(topic); });
    const TopicPtr topic = made.get_future().get().value();
    const Bytes batch = make_batch();
    for (const auto& partition : topic->partitions) {
      for (std::int64_t i = 0; i < kBatches; ++i) (void)(*partition)->append(batch).value();
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
  const TopicPtr topic = log.core().topics.find("t");
  wire::FetchRequest request;
  request.max_bytes = static_cast<std::int32_t>(kMaxFetchBytes);
  std::int64_t bytes = 0;
  for (auto _ : state) {
    FetchReader reader(limits_of(request));
    wire::FetchResponse response;
    auto& answer = response.responses.emplace_back();
    answer.topic = "t";
    for (std::int32_t i = 0; i < partitions; ++i) {
      wire::FetchRequest::Partition asked;
      asked.partition = PartitionId{i};
      asked.partition_max_bytes = static_cast<std::int32_t>(state.range(1));
      PartitionRead read = reader.read(topic, wire::KafkaError::kUnknownTopicOrPartition, asked);
      bytes += static_cast<std::int64_t>(read.size_bytes);
      answer.partitions.push_back(std::move(read.answer));
    }
    benchmark::DoNotOptimize(wire::encode_response_frame(1, response, kFetchVersion));
  }
  if (bytes == 0) state.SkipWithError("nothing was fetched");
  state.SetBytesProcessed(bytes);
}
BENCHMARK(AssembleFetch)->ArgsProduct({{1, 64}, {1 << 10, 64 << 10, 1 << 20}});

}  // namespace
}  // namespace daybook::broker
