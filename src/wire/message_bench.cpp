// The two messages that carry all the data: decoding a produce request and encoding a fetch
// response. Neither touches the records' bytes, so their cost is per partition.

#include "wire/message.h"

#include <benchmark/benchmark.h>

#include "wire/apis/records/fetch.h"
#include "wire/apis/records/produce.h"
#include "wire/frame.h"

namespace daybook::wire {
namespace {

constexpr std::int16_t kProduceVersion = 9;
constexpr std::int16_t kFetchVersion = 12;
constexpr std::size_t kRecordBytes = 16384;

void count_partitions(benchmark::State& state) {
  state.counters["partitions/s"] = benchmark::Counter(
      static_cast<double>(state.iterations() * state.range(0)), benchmark::Counter::kIsRate);
}

void DecodeProduceRequest(benchmark::State& state) {
  const Bytes records(kRecordBytes);
  ProduceRequest request;
  ProduceRequest::Topic& topic = request.topic_data.emplace_back();
  topic.name = "bank.card_tx";
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    topic.partition_data.push_back(
        {.index = PartitionId{static_cast<std::int32_t>(i)}, .records = records});
  }
  const Bytes bytes = encode_request_frame(1, "bench", request, kProduceVersion).flatten();
  for (auto _ : state) {
    const auto frame = decode_request_frame(BytesView(bytes).subspan(kFramePrefixSizeBytes));
    auto decoded = decode<ProduceRequest>(frame->body, kProduceVersion);
    if (!decoded) state.SkipWithError("refused");
    benchmark::DoNotOptimize(decoded);
  }
  count_partitions(state);
}
BENCHMARK(DecodeProduceRequest)->Arg(1)->Arg(100);

void EncodeFetchResponse(benchmark::State& state) {
  const Bytes records(kRecordBytes);
  FetchResponse response;
  FetchResponse::Topic& topic = response.responses.emplace_back();
  topic.topic = "bank.card_tx";
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    FetchResponse::Partition& partition = topic.partitions.emplace_back();
    partition.partition_index = PartitionId{static_cast<std::int32_t>(i)};
    partition.records.emplace({RecordChunk{.bytes = records}});
  }
  for (auto _ : state) {
    const Encoded encoded = encode_response_frame(1, response, kFetchVersion);
    benchmark::DoNotOptimize(encoded.chunks());
  }
  count_partitions(state);
}
BENCHMARK(EncodeFetchResponse)->Arg(1)->Arg(100);

}  // namespace
}  // namespace daybook::wire
