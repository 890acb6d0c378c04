// Looking up an offset: the newest entries are in memory, older ones in the file. Argument: how
// many entries the index has; an index of a full segment has about 260,000.

#include "log/segment/sparse_index.h"

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>

#include "base/random.h"

namespace daybook::log {
namespace {

constexpr std::int32_t kRecordsPerEntry = 40;
constexpr std::int32_t kBytesPerEntry = 4200;

void LookUpOffset(benchmark::State& state) {
  std::string pattern = std::filesystem::temp_directory_path() / "daybook-bench-XXXXXX";
  const std::string folder = ::mkdtemp(pattern.data());
  io::FileSystem& fs = io::real_file_system();
  OffsetIndex index(folder + "/index", 0, std::nullopt);
  const auto entries = static_cast<std::int32_t>(state.range(0));
  for (std::int32_t i = 1; i <= entries; ++i) {
    if (index.is_full() && !index.flush(fs)) return state.SkipWithError("cannot write");
    index.add({i * kRecordsPerEntry, i * kBytesPerEntry});
  }
  Random random(1);
  const auto end = static_cast<std::uint64_t>(entries) * kRecordsPerEntry;
  for (auto _ : state) {
    benchmark::DoNotOptimize(index.floor(fs, static_cast<std::int32_t>(random.below(end))));
  }
  std::filesystem::remove_all(folder);
}
BENCHMARK(LookUpOffset)->Arg(100)->Arg(10'000)->Arg(260'000);

}  // namespace
}  // namespace daybook::log
