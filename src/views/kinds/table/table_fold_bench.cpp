// Events per second of a whole fold, decoding to committed rows, over 100,000 and 1,000,000 keys
// that have rows already; with lineage, too, and then how large the file gets.

#include <benchmark/benchmark.h>

#include <filesystem>
#include <random>

#include "client/log_client.h"
#include "sql/engine.h"
#include "sql/fold_plan.h"
#include "views/kinds/table/table_fold.h"
#include "views/lineage/lineage_store.h"
#include "views/version_work.h"

namespace daybook::views::table {
namespace {

constexpr int kFillEvents = 100'000;

class BenchBatch final : public client::Batch {
 public:
  // Batches of one `turn` after the other touch other keys.
  BenchBatch(int events, bool is_change, int keys, int turn) : sources_{{"t", PartitionId{0}}} {
    std::mt19937_64 random(static_cast<std::uint64_t>(turn));
    for (int i = 0; i < events; ++i) {
      const auto row = R"({"id":)" + std::to_string(i) + R"(,"account_id":)" +
                       std::to_string(random() % static_cast<std::uint64_t>(keys)) +
                       R"(,"amount":")" + std::to_string(random() % 900) + R"(.25","paid_at":)" +
                       (is_change ? "1767225600000000}" : "1767225600000}");
      values_.push_back(!is_change ? row
                                   : R"({"before":null,"after":)" + row +
                                         R"(,"source":{"lsn":1},"op":"c","ts_ms":1})");
    }
    for (int i = 0; i < events; ++i) {
      records_.push_back({0, Offset{i}, TimestampMs{1}, "key", values_[std::size_t(i)]});
    }
  }
  const std::vector<client::TopicPartition>& sources() const override { return sources_; }
  const std::vector<client::RecordView>& records() const override { return records_; }
  std::vector<client::HeaderView> headers(std::size_t) const override { return {}; }

 private:
  std::vector<client::TopicPartition> sources_;
  std::vector<std::string> values_;
  std::vector<client::RecordView> records_;
};

void fold(benchmark::State& state, bool is_change, const char* aggregates, bool lineage = false) {
  std::string folder = std::filesystem::temp_directory_path() / "daybook_bench_XXXXXX";
  folder = mkdtemp(folder.data());
  const sql::InputSchema schema{"t",
                                is_change,
                                {{"id", {sql::TypeId::kBigint}, true},
                                 {"account_id", {sql::TypeId::kBigint}},
                                 {"amount", {sql::TypeId::kDecimal, 18, 2}},
                                 {"paid_at", {sql::TypeId::kTimestamp}}}};
  auto engine = sql::Engine::open().value();
  (void)engine->set_input("t", schema);
  const auto sql = std::string("SELECT account_id, ") + aggregates + " FROM t GROUP BY account_id";
  const auto plan = sql::plan_fold(*engine, sql, "t", schema, {"account_id"}).value();
  std::unique_ptr<Fold> made = TableFold::make(std::move(engine), plan, schema, "v").value();
  if (lineage) {
    auto key = KeyColumns::of("v", plan.key, made->columns()).value();
    made =
        TracedFold::make(std::move(made), {std::make_shared<LineageStore>(std::move(key))}).value();
  }
  auto file = VersionFile::open(folder + "/v1.db", "v", 1, "", std::move(made));
  VersionWork work(std::move(file).value(), {[](const VersionFile&) {}, [](VersionFile&) {}});
  const auto events = static_cast<int>(state.range(0));
  const auto keys = static_cast<int>(state.range(1));
  const auto fold = [&](const client::Batch& batch) {
    const auto rejected = work.compute(batch);
    return rejected && rejected->empty() && work.commit({}).has_value();
  };
  constexpr int kTurns = 8;
  std::vector<std::unique_ptr<BenchBatch>> batches;
  for (int turn = 0; turn < kTurns; ++turn) {
    batches.push_back(std::make_unique<BenchBatch>(events, is_change, keys, turn));
  }
  for (int filled = 0; filled < 2 * keys; filled += kFillEvents) {
    if (!fold(BenchBatch(kFillEvents, is_change, keys, kTurns + filled))) {
      return state.SkipWithError("the fold failed");
    }
  }
  std::size_t turn = 0;
  for (auto _ : state) {
    if (!fold(*batches[turn++ % kTurns])) return state.SkipWithError("the fold failed");
  }
  state.SetItemsProcessed(state.iterations() * events);
  state.counters["applied"] = static_cast<double>(state.iterations() * events + 2 * keys);
  state.counters["file_bytes"] = static_cast<double>(std::filesystem::file_size(folder + "/v1.db"));
  std::filesystem::remove_all(folder);
}

constexpr const char* kSums = "sum(amount) AS balance, count(*) AS entries";
constexpr const char* kMore = "sum(amount) AS balance, count(*) AS entries, max(paid_at) AS last";

constexpr const char* kComputed =
    "sum(amount) AS balance, count(*) AS entries, round(balance / entries, 2) AS mean";

BENCHMARK_CAPTURE(fold, plain, false, kMore)
    ->ArgNames({"events", "keys"})
    ->MeasureProcessCPUTime()  // DuckDB has threads of its own
    ->Args({1, 100'000})
    ->Args({1'000, 100'000})
    ->Args({10'000, 100'000})
    ->Args({100'000, 100'000})
    ->Args({200'000, 100'000})
    ->Args({50'000, 1'000'000})
    ->Args({200'000, 1'000'000});
BENCHMARK_CAPTURE(fold, lineage, false, kMore, true)
    ->Args({1'000, 100'000})
    ->Args({100'000, 100'000});
BENCHMARK_CAPTURE(fold, computed, false, kComputed)->Args({50'000, 100'000});
BENCHMARK_CAPTURE(fold, changes, true, kSums)->Args({1'000, 100'000})->Args({50'000, 100'000});
BENCHMARK_CAPTURE(fold, changes_with_max, true, kMore)->Args({50'000, 100'000});

}  // namespace
}  // namespace daybook::views::table
