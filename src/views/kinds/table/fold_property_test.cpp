// The arithmetic of the fold against DuckDB itself, by the thousand: random SELECTs over random
// lives of a table, several partitions, cut into batches of 1, 7, 1,000 or any number of events,
// and found and written 1 to 4 groups at once, must leave the rows that the same SELECT gives over
// the final table. One engine and a database in memory serve all of them, so that a seed takes
// milliseconds; table_fold_test.cpp has the files, the failures and the restarts.
//
//   DAYBOOK_FOLD_SEEDS=5000 views_test --gtest_filter='FoldProperty*'    more of them
//   DAYBOOK_FOLD_SEED=17 …                                               one again

#include <gtest/gtest.h>

#include <cstdlib>

#include "sql/fold_plan.h"
#include "views/kinds/table/expected_rows.h"
#include "views/kinds/table/memory_fold.h"
#include "views/kinds/table/simulated_table.h"

namespace daybook::views::table {
namespace {

// Seeds that once found a fault.
constexpr std::uint64_t kFixedSeeds[] = {1000, 1002};

class FoldProperty : public testing::Test {
 protected:
  FoldProperty() : plain_(open(false)), changes_(open(true)) {}

  static std::unique_ptr<sql::Engine> open(bool is_change) {
    auto engine = sql::Engine::open().value();
    EXPECT_TRUE(engine->set_input("t", simulated_schema(is_change)));
    return engine;
  }

  void run_seed(std::uint64_t seed) {
    Simulation simulation(seed);
    std::vector<std::string> key;
    const auto query = simulation.query(key);
    SCOPED_TRACE("seed " + std::to_string(seed) +
                 (simulation.is_change() ? " changes " : " plain ") + query);
    const auto schema = simulated_schema(simulation.is_change());
    auto& engine = simulation.is_change() ? *changes_ : *plain_;
    // Events are milliseconds from each other, and the earliest times of groups lie before them.
    const std::int64_t keep_ms = simulation.chance(1, 2) ? simulation.any<int>({1, 50, 200}) : 0;
    auto plan = sql::plan_fold(engine, query, "t", schema, key, keep_ms);
    if (!plan && keep_ms != 0) plan = sql::plan_fold(engine, query, "t", schema, key);
    ASSERT_TRUE(plan) << plan.error()[0].message;
    MemoryFold fold(engine, *plan, schema, kViewFormat, 1 + seed % 4);
    const int size = simulation.any<int>({1, 7, 1000, simulation.pick(2, 300)});
    std::vector<std::size_t> next(static_cast<std::size_t>(simulation.partitions()));
    while (true) {
      const auto events = batch(simulation, next, size);
      if (events.empty()) break;
      fold.apply(events);
      if (HasFatalFailure()) return;
    }
    EXPECT_EQ(fold.rows(),
              expected_rows(*plain_, kept(query, *plan, simulation), simulation.final_rows()));
  }

  // The query without the groups that are forgotten at the end.
  static std::string kept(const std::string& query, const sql::FoldPlan& plan,
                          const Simulation& simulation) {
    if (plan.keep_ms == 0) return query;
    const auto is_time = [&](const sql::FoldColumn& column) {
      return column.source == sql::FoldColumn::Source::kGroup && column.index == plan.time_group;
    };
    const auto& name = std::ranges::find_if(plan.columns, is_time)->name;
    std::int64_t newest_ms = 0;
    for (const auto& events : simulation.events()) {
      if (!events.empty()) newest_ms = std::max(newest_ms, events.back().clock_ms);
    }
    const auto oldest = std::to_string((newest_ms - plan.keep_ms) * 1000);
    return "SELECT * FROM (" + query + ") WHERE " + name + " IS NULL OR " + name +
           " >= make_timestamp(" + oldest + ")";
  }

  // Up to `size` events, from the partitions in turns of random length.
  static std::vector<sql::InputEvent> batch(Simulation& simulation, std::vector<std::size_t>& next,
                                            int size) {
    std::vector<sql::InputEvent> events;
    std::vector<std::size_t> left;
    for (std::size_t i = 0; i < next.size(); ++i) {
      if (next[i] < simulation.events()[i].size()) left.push_back(i);
    }
    while (!left.empty() && std::ssize(events) < size) {
      const auto partition = simulation.any(left);
      const auto& all = simulation.events()[partition];
      for (int i = simulation.pick(1, 20); i > 0 && std::ssize(events) < size; --i) {
        if (next[partition] == all.size()) break;
        const auto& event = all[next[partition]++];
        events.push_back(
            {event.partition, event.offset, event.time_ms, event.clock_ms, event.key, event.value});
      }
      if (next[partition] == all.size()) std::erase(left, partition);
    }
    return events;
  }

  std::unique_ptr<sql::Engine> plain_;
  std::unique_ptr<sql::Engine> changes_;
};

TEST_F(FoldProperty, AViewIsWhatDuckDbSaysOfTheFinalTable) {
  if (const char* chosen = std::getenv("DAYBOOK_FOLD_SEED")) {
    return run_seed(std::strtoull(chosen, nullptr, 10));
  }
  for (const auto seed : kFixedSeeds) run_seed(seed);
  const char* wanted = std::getenv("DAYBOOK_FOLD_SEEDS");
  const std::uint64_t seeds = wanted == nullptr ? 120 : std::strtoull(wanted, nullptr, 10);
  constexpr std::uint64_t kFirst = 1000;
  for (auto seed = kFirst; seed < kFirst + seeds && !HasFailure(); ++seed) run_seed(seed);
}

}  // namespace
}  // namespace daybook::views::table
