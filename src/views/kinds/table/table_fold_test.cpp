// The fold as a view's work, against DuckDB itself: random queries over random streams of events,
// cut into batches and partitions at random, with commits that fail and files that are reopened in
// between, must leave the rows that the same SELECT gives over the final table.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "client/log_client.h"
#include "sql/calendar.h"
#include "sql/engine.h"
#include "sql/fold_plan.h"
#include "views/kinds/table/expected_rows.h"
#include "views/kinds/table/simulated_table.h"
#include "views/kinds/table/table_fold.h"
#include "views/version_reader.h"
#include "views/version_work.h"

namespace daybook::views::table {
namespace {

using sql::Cell;
using sql::TypeId;

class SimulatedBatch final : public client::Batch {
 public:
  SimulatedBatch(std::vector<client::TopicPartition> sources,
                 const std::vector<const SimulatedEvent*>& events)
      : sources_(std::move(sources)) {
    for (const auto* event : events) {
      records_.push_back({static_cast<std::size_t>(event->partition), Offset{event->offset},
                          TimestampMs{event->time_ms}, event->key, event->value});
    }
  }
  const std::vector<client::TopicPartition>& sources() const override { return sources_; }
  const std::vector<client::RecordView>& records() const override { return records_; }
  std::vector<client::HeaderView> headers(std::size_t) const override { return {}; }

 private:
  std::vector<client::TopicPartition> sources_;
  std::vector<client::RecordView> records_;
};

std::string shown(const Value& value) {
  Cell cell;
  if (const auto* integer = std::get_if<std::int64_t>(&value)) cell.set_integer(*integer);
  if (const auto* real = std::get_if<double>(&value)) cell.set_real(*real);
  if (const auto* text = std::get_if<std::string>(&value)) cell.set_text(*text);
  return table::shown(cell, {TypeId::kBigint});
}

class Folded {
 public:
  Folded(const std::string& query, std::vector<std::string> key, const Simulation& simulation)
      : query_(query), key_(std::move(key)), simulation_(simulation) {
    std::string pattern = std::filesystem::temp_directory_path() / "daybook_fold_XXXXXX";
    folder_ = mkdtemp(pattern.data());
    open();
  }
  ~Folded() { std::filesystem::remove_all(folder_); }

  void open() {
    work_.reset();
    auto engine = sql::Engine::open().value();
    const auto input = simulated_schema(simulation_.is_change());
    ASSERT_TRUE(engine->set_input("t", input));
    auto plan = sql::plan_fold(*engine, query_, "t", input, key_);
    ASSERT_TRUE(plan) << plan.error()[0].message;
    auto fold = TableFold::make(std::move(engine), *plan, input, "v");
    ASSERT_TRUE(fold) << fold.error().message;
    auto file = VersionFile::open(path(), "v", 1, "", std::move(*fold));
    ASSERT_TRUE(file) << file.error().message;
    VersionWork::Listener listener{[](const VersionFile&) {}, [](VersionFile&) {}};
    work_ = std::make_unique<VersionWork>(std::move(*file), listener);
  }

  void apply(const client::Batch& batch, bool commit) {
    const auto rejected = work_->compute(batch);
    ASSERT_TRUE(rejected) << rejected.error().message;
    ASSERT_TRUE(rejected->empty()) << (*rejected)[0].reason;
    if (!commit) return;
    auto next = work_->position();
    client::advance(next, batch);
    const auto committed = work_->commit(next);
    ASSERT_TRUE(committed) << committed.error().message;
  }

  const client::Position& position() const { return work_->position(); }

  Lines rows() {
    const auto reader = VersionReader::open(path()).value();
    ReadOptions options;
    options.row_limit = kMaxRowLimit;
    const auto answer = reader->query("SELECT * FROM v", options);
    EXPECT_TRUE(answer) << answer.error().message;
    Lines lines;
    for (const auto& row : answer->rows) {
      std::string line;
      for (const auto& value : row) {
        line += shown(value) + " | ";
      }
      lines.push_back(line);
    }
    EXPECT_EQ(static_cast<std::size_t>(reader->row_count().value()), lines.size());
    std::ranges::sort(lines);
    return lines;
  }

 private:
  std::string path() const { return folder_ + "/v1.db"; }

  std::string query_;
  std::vector<std::string> key_;
  const Simulation& simulation_;
  std::string folder_;
  std::unique_ptr<VersionWork> work_;
};

void run_seed(std::uint64_t seed) {
  Simulation simulation(seed);
  std::vector<std::string> key;
  const auto query = simulation.query(key);
  SCOPED_TRACE("seed " + std::to_string(seed) + (simulation.is_change() ? " changes " : " plain ") +
               query);
  Folded folded(query, key, simulation);
  if (testing::Test::HasFatalFailure()) return;

  std::vector<client::TopicPartition> sources;
  for (std::int32_t i = 0; i < simulation.partitions(); ++i) {
    sources.push_back({kSimulatedTopic, PartitionId{i}});
  }
  const int largest = simulation.any<int>({7, 100, 1000});
  while (true) {
    std::vector<const SimulatedEvent*> events;
    std::vector<std::size_t> next;
    for (const auto& source : sources) {
      const auto at = folded.position().find(source);
      next.push_back(at == folded.position().end() ? 0 : std::size_t(at->second.value));
    }
    for (int i = simulation.pick(1, largest); i > 0; --i) {
      const auto partition = static_cast<std::size_t>(simulation.pick(0, int(sources.size()) - 1));
      const auto& all = simulation.events()[partition];
      if (next[partition] < all.size()) events.push_back(&all[next[partition]++]);
    }
    bool is_end = true;
    for (std::size_t i = 0; i < sources.size(); ++i) {
      is_end = is_end && next[i] == simulation.events()[i].size();
    }
    const bool fails = simulation.chance(1, 8);
    folded.apply(SimulatedBatch(sources, events), !fails);
    if (testing::Test::HasFatalFailure()) return;
    if (fails || simulation.chance(1, 16)) folded.open();
    if (is_end && !fails) break;
  }
  auto engine = sql::Engine::open().value();
  ASSERT_TRUE(engine->set_input("t", simulated_schema(false)));
  EXPECT_EQ(folded.rows(), expected_rows(*engine, query, simulation.final_rows()));
}

TEST(TableFold, IsWhatDuckDbSaysOfTheFinalTableWhateverFailsAndIsReopened) {
  constexpr std::uint64_t kSeeds = 12;
  const char* chosen = std::getenv("DAYBOOK_FOLD_SEED");
  if (chosen != nullptr) return run_seed(std::strtoull(chosen, nullptr, 10));
  for (std::uint64_t seed = 1; seed <= kSeeds && !HasFailure(); ++seed) run_seed(seed);
}

}  // namespace
}  // namespace daybook::views::table
