// What a produce request and recovery pay for each batch: the CRC and the fields (check_batch), and
// reading every record behind each codec (check_produced_records).

#include "wire/record_batch.h"

#include <benchmark/benchmark.h>

#include <string>

#include "wire/batch_builder.h"
#include "wire/record_reader.h"

namespace daybook::wire {
namespace {

Bytes payments(std::int64_t records, Compression codec) {
  BatchBuilder builder({.compression = codec});
  for (std::int64_t i = 0; i < records; ++i) {
    const std::string key = "{\"id\":" + std::to_string(i) + "}";
    const std::string value =
        "{\"id\":" + std::to_string(i) + ",\"account_id\":" + std::to_string(i * 7919 % 2000) +
        ",\"amount\":\"" + std::to_string(i % 997) + ".50\",\"paid_at\":1700000000" +
        std::to_string(i % 1000) + ",\"merchant\":\"GROCER " + std::to_string(i % 31) + "\"}";
    builder.add(TimestampMs{1'700'000'000'000 + i}, as_bytes(key), as_bytes(value));
  }
  return std::move(builder).finish().value();
}

void count_bytes_and_records(benchmark::State& state, const BatchView& batch) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(batch.size_bytes()));
  state.counters["records/s"] = benchmark::Counter(
      static_cast<double>(state.iterations()) * batch.record_count(), benchmark::Counter::kIsRate);
  state.SetLabel(std::to_string(batch.size_bytes()) + " bytes");
}

void CheckBatch(benchmark::State& state) {
  const Bytes bytes = payments(state.range(0), Compression::kNone);
  for (auto _ : state) {
    const auto batch = frame_batch(bytes);
    if (!batch || !check_produced_batch(*batch)) state.SkipWithError("refused");
  }
  count_bytes_and_records(state, BatchView(bytes));
}
BENCHMARK(CheckBatch)->Arg(1)->Arg(100)->Arg(5000);

void ReadRecords(benchmark::State& state) {
  const Bytes bytes = payments(5000, static_cast<Compression>(state.range(0)));
  for (auto _ : state) {
    if (!check_produced_records(BatchView(bytes))) state.SkipWithError("refused");
  }
  count_bytes_and_records(state, BatchView(bytes));
}
BENCHMARK(ReadRecords)->ArgName("codec")->DenseRange(0, kCompressionCount - 1);

void BuildBatch(benchmark::State& state) {
  const auto codec = static_cast<Compression>(state.range(0));
  Bytes bytes;
  for (auto _ : state) bytes = payments(5000, codec);
  count_bytes_and_records(state, BatchView(bytes));
}
BENCHMARK(BuildBatch)->ArgName("codec")->DenseRange(0, kCompressionCount - 1);

}  // namespace
}  // namespace daybook::wire
