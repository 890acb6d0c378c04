// Events per second of decoding, and of decoding with a partial query over what was decoded.

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "sql/engine.h"
#include "sql/fold_plan.h"
#include "sql/fold_run.h"

namespace daybook::sql {
namespace {

constexpr int kEvents = 50'000;

InputSchema payments(bool is_change) {
  return {"bank.card_tx",
          is_change,
          {{"id", {TypeId::kBigint}, true},
           {"card_id", {TypeId::kBigint}},
           {"account_id", {TypeId::kBigint}},
           {"amount", {TypeId::kDecimal, 18, 2}},
           {"merchant", {TypeId::kVarchar}},
           {"city", {TypeId::kVarchar}},
           {"paid_at", {TypeId::kTimestamp}}}};
}

std::string row(int i) {
  return R"({"id":)" + std::to_string(i) + R"(,"card_id":)" + std::to_string(i % 5000) +
         R"(,"account_id":)" + std::to_string(i * 7919 % 100'000) + R"(,"amount":")" +
         std::to_string(i % 900) + "." + std::to_string(10 + i % 90) +
         R"(","merchant":"Merchant number )" + std::to_string(i % 300) +
         R"(","city":"Amsterdam","paid_at":1767225600)" + std::to_string(100'000 + i) + "}";
}

std::vector<std::string> values(bool is_change) {
  std::vector<std::string> out;
  for (int i = 0; i < kEvents; ++i) {
    out.push_back(!is_change ? row(i)
                             : R"({"before":null,"after":)" + row(i) +
                                   R"(,"source":{"version":"0.1.0","connector":"postgresql",)"
                                   R"("name":"core","ts_ms":1767225600000,"snapshot":"false",)"
                                   R"("db":"bank","schema":"public","table":"card_tx","txId":77,)"
                                   R"("lsn":123456789},"op":"c","ts_ms":1767225600123})");
  }
  return out;
}

std::vector<InputEvent> events(const std::vector<std::string>& values) {
  std::vector<InputEvent> out;
  for (int i = 0; i < kEvents; ++i) out.push_back({0, i, 1, 1, "key", values[std::size_t(i)]});
  return out;
}

constexpr const char* kSql =
    "SELECT account_id, sum(amount) AS balance, count(*) AS entries, max(paid_at) AS last_at "
    "FROM tx GROUP BY account_id";

void decode(benchmark::State& state, bool is_change) {
  const auto text = values(is_change);
  const auto input = events(text);
  DecodedBatch batch(payments(is_change), {9, 10, 13});
  for (auto _ : state) benchmark::DoNotOptimize(batch.decode(input).size());
  state.SetItemsProcessed(state.iterations() * kEvents);
}

void partial(benchmark::State& state, bool is_change) {
  const auto text = values(is_change);
  const auto input = events(text);
  auto engine = Engine::open().value();
  (void)engine->set_input("tx", payments(is_change));
  const auto plan = plan_fold(*engine, kSql, "tx", payments(is_change), {"account_id"}).value();
  auto run = FoldRun::prepare(*engine, plan, payments(is_change)).value();
  for (auto _ : state) {
    auto result = run->compute(input);
    benchmark::DoNotOptimize(result->partial.get());
  }
  state.SetItemsProcessed(state.iterations() * kEvents);
}

// What a batch of one event costs: the fixed price of the prepared statement.
void one_event(benchmark::State& state) {
  const auto text = values(false);
  const auto input = events(text);
  auto engine = Engine::open().value();
  (void)engine->set_input("tx", payments(false));
  const auto plan = plan_fold(*engine, kSql, "tx", payments(false), {"account_id"}).value();
  auto run = FoldRun::prepare(*engine, plan, payments(false)).value();
  for (auto _ : state) {
    auto result = run->compute(std::span(input).first(1));
    benchmark::DoNotOptimize(result->partial.get());
  }
}

BENCHMARK_CAPTURE(decode, plain, false);
BENCHMARK_CAPTURE(decode, changes, true);
BENCHMARK_CAPTURE(partial, plain, false);
BENCHMARK_CAPTURE(partial, changes, true);
BENCHMARK(one_event);

}  // namespace
}  // namespace daybook::sql
