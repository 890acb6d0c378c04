// A view's process is killed at random moments while it applies events, and started again, many
// times. At the end its rows must be those of a view that nobody killed: no event lost, none twice.
// So it is for every kind; and for a view that is rebuilt, swapped and rolled back all the while.
//
// The child is this program, run again with DAYBOOK_CRASH_FOLDER set: its log is in memory and
// always the same, its view is on disk.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include <filesystem>
#include <random>

#include "client/memory_log.h"
#include "views/kinds/columnar/columnar_plan.h"
#include "views/kinds/document/document_plan.h"
#include "views/kinds/graph/graph_plan.h"
#include "views/kinds/search/search_plan.h"
#include "views/kinds/table/table_plan.h"
#include "views/kinds/wide/wide_plan.h"
#include "views/view.h"

namespace daybook::views {
namespace {

constexpr const char* kTopic = "bank.card_tx";
constexpr int kEvents = 12'000;
constexpr int kStep = 150;  // events that are appended at once: a batch, more or less
constexpr std::int32_t kPartitions = 2;
constexpr int kKills = 15;
constexpr int kMostRounds = 10;  // for each kill that is wanted
constexpr std::chrono::seconds kPatience{60};

std::string row(int id, std::mt19937_64& random) {
  return R"({"id":)" + std::to_string(id) + R"(,"account":)" + std::to_string(id % 97) +
         R"(,"amount":")" + std::to_string(random() % 1000) + "." +
         std::to_string(10 + random() % 90) + R"("})";
}

// The whole log: inserts, updates and deletes of 500 rows, always the same.
class Events {
 public:
  Events() : log_(client::make_memory_log()) {
    std::map<int, std::string> table;
    std::mt19937_64 random(7);
    for (int i = 0; i < kEvents; ++i) {
      const int id = static_cast<int>(random() % 500);
      const auto found = table.find(id);
      const auto change = [](const std::string& before, const std::string& after, char op) {
        return R"({"before":)" + before + R"(,"after":)" + after + R"(,"op":")" + op + "\"}";
      };
      if (found == table.end()) {
        table[id] = row(id, random);
        values_.emplace_back(id, change("null", table[id], 'c'));
      } else if (random() % 4 == 0) {
        values_.emplace_back(id, change(found->second, "null", 'd'));
        table.erase(found);
      } else {
        const auto after = row(id, random);
        values_.emplace_back(id, change(found->second, after, 'u'));
        found->second = after;
      }
    }
    EXPECT_TRUE(log_->create_topic({kTopic, kPartitions, {}}));
    EXPECT_TRUE(client::publish_schema(
        *log_, kTopic,
        {client::Envelope::kDebezium,
         {{"id", "BIGINT", true}, {"account", "BIGINT"}, {"amount", "DECIMAL(18,2)"}}}));
    writer_ = log_->make_writer().value();
  }

  client::LogClient& log() { return *log_; }
  bool is_all_written() const { return written_ == values_.size(); }
  const client::Position& end() const { return end_; }

  void write_some() {
    for (int i = 0; i < kStep && !is_all_written(); ++i) {
      const auto& [id, value] = values_[written_++];
      const auto key = std::to_string(id);
      client::OutgoingRecord record;
      record.topic = kTopic;
      record.partition = PartitionId{id % kPartitions};
      record.timestamp = TimestampMs{static_cast<std::int64_t>(written_)};
      record.key = key;
      record.value = value;
      EXPECT_TRUE(writer_->write(record));
      ++end_.try_emplace({kTopic, *record.partition}, Offset{0}).first->second.value;
    }
    EXPECT_TRUE(writer_->flush(client::milliseconds(1000)));
  }

 private:
  std::unique_ptr<client::LogClient> log_;
  std::unique_ptr<client::Writer> writer_;
  std::vector<std::pair<int, std::string>> values_;
  std::size_t written_ = 0;
  client::Position end_;
};

bool is_behind(const client::Position& end, const client::Position& view) {
  return std::ranges::any_of(view, [&](const auto& entry) {
    const auto found = end.find(entry.first);
    return found == end.end() || found->second < entry.second;
  });
}

struct Kind {
  const char* name;
  std::shared_ptr<const ViewPlan> plan;
  const char* rows;  // all that the view shows, in an order
};

std::vector<Kind> kinds() {
  std::vector<Kind> all;
  all.push_back({"table",
                 table::make_table_plan(
                     {"account"},
                     "SELECT account, sum(amount) AS balance, count(*) AS entries, max(amount) AS "
                     "largest, last(amount) AS latest, avg(amount) AS mean FROM tx GROUP BY "
                     "account"),
                 "SELECT * FROM v ORDER BY account"});
  all.push_back({"document", document::make_document_plan({.key = {"id"}, .index = {"account"}}),
                 "SELECT * FROM v ORDER BY id"});
  all.push_back(
      {"search",
       search::make_search_plan({.key = {"id"}, .text = {"amount"}, .facets = {"account"}}),
       "SELECT v.*, (SELECT count(*) FROM daybook_text WHERE daybook_text MATCH '1*') "
       "FROM v ORDER BY id"});
  all.push_back(
      {"graph",
       graph::make_graph_plan({.key = {"id"}, .from = "id", .to = "account", .type_name = "OF"}),
       "SELECT * FROM v ORDER BY id"});
  all.push_back({"wide",
                 wide::make_wide_plan(
                     {.row = "account", .columns = {{"f", "amount", "amount"}}, .versions = 5}),
                 "SELECT * FROM v"});
  all.push_back(
      {"columnar",
       columnar::make_columnar_plan({.sql = "SELECT _offset AS place, id, account, amount, "
                                            "id % 3 AS part FROM tx",
                                     .partition_by = {"part"}}),
       "SELECT * FROM v ORDER BY id % 2, place"});
  return all;
}

const Kind& kind_named(const std::string& name) {
  static const auto all = kinds();
  const auto found = std::ranges::find(all, name, &Kind::name);
  EXPECT_NE(found, all.end()) << name;
  return *found;
}

std::unique_ptr<View> open(Events& events, const Kind& kind, const std::string& folder) {
  ViewSpec spec{"v", "tx", kTopic, std::nullopt};
  auto view =
      open_view(spec, kind.plan, {events.log(), io::real_file_system(), io::real_clock(), folder});
  EXPECT_TRUE(view) << view.error().message;
  return std::move(*view);
}

// Whatever can be done with the versions now. What cannot be is refused, and done at a later step.
void change_versions(View& view, int step) {
  if (step % 5 == 4) {
    (void)view.rollback();
  } else if (step % 7 == 6) {
    (void)view.drop(0);
  } else if (!view.swap({})) {
    (void)view.rebuild();
  }
}

void do_nothing(View&, int) {}

using Change = void (*)(View&, int);

// Applies everything, step by step, and calls `progress` after each.
template <class Progress>
std::vector<std::vector<Value>> apply_all(const Kind& kind, const std::string& folder,
                                          Change change, const Progress& progress) {
  Events events;
  const auto view = open(events, kind, folder);
  // What an earlier run has applied was in the log then.
  for (const auto& version : view->status().versions) {
    while (is_behind(events.end(), version.position)) events.write_some();
  }
  while (is_behind(events.end(), view->status().position)) events.write_some();
  view->start();
  ReadOptions options;
  options.wait_limit = kPatience;
  options.row_limit = kMaxRowLimit;
  for (int step = 0;; ++step) {
    events.write_some();
    options.min_position = events.end();
    const auto answer = view->reader().query(kind.rows, options);
    EXPECT_TRUE(answer) << answer.error().message << ": " << view->status().detail;
    if (!answer) return {};
    change(*view, step);
    progress();
    if (events.is_all_written()) {
      EXPECT_EQ(answer->position, events.end());
      if (const auto difference = view->diff({})) {
        EXPECT_EQ(difference->share(), 0);
      }
      return answer->rows;
    }
  }
}

std::string make_folder() {
  std::string pattern = std::filesystem::temp_directory_path() / "daybook_crash_XXXXXX";
  return mkdtemp(pattern.data());
}

// Starts the child on the folder and kills it after some steps. True if it was killed before it
// had finished.
bool run_and_kill(const std::string& kind, bool changes, const std::string& folder,
                  std::mt19937_64& random) {
  int ends[2];
  EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  std::string program = "/proc/self/exe";
  std::string filter = "--gtest_filter=ViewCrash.DISABLED_Child";
  std::string disabled = "--gtest_also_run_disabled_tests";
  char* arguments[] = {program.data(), filter.data(), disabled.data(), nullptr};
  std::string variable = "DAYBOOK_CRASH_FOLDER=" + folder;
  std::string of_kind = "DAYBOOK_CRASH_KIND=" + kind;
  std::string with = changes ? "DAYBOOK_CRASH_VERSIONS=1" : "DAYBOOK_CRASH_VERSIONS=";
  char* environment[] = {variable.data(), of_kind.data(), with.data(), nullptr};
  pid_t child = 0;
  EXPECT_EQ(posix_spawn(&child, "/proc/self/exe", &actions, nullptr, arguments, environment), 0);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);

  // The child writes a '+' for each step, between what gtest prints.
  char byte = 0;
  int steps = static_cast<int>(1 + random() % 8);
  while (steps > 0 && read(ends[0], &byte, 1) == 1) steps -= byte == '+' ? 1 : 0;
  pollfd next_step{ends[0], POLLIN, 0};
  poll(&next_step, 1, static_cast<int>(random() % 5));
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  close(ends[0]);
  return WIFSIGNALED(status);
}

TEST(ViewCrash, DISABLED_Child) {
  const char* folder = std::getenv("DAYBOOK_CRASH_FOLDER");
  if (folder == nullptr) GTEST_SKIP() << "run by the other tests of ViewCrash";
  const bool changes = *std::getenv("DAYBOOK_CRASH_VERSIONS") != 0;
  apply_all(kind_named(std::getenv("DAYBOOK_CRASH_KIND")), folder,
            changes ? change_versions : do_nothing,
            [] { EXPECT_EQ(write(STDOUT_FILENO, "+", 1), 1); });
}

void kill_and_compare(const std::string& kind, bool changes, int kills) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(kind + ", seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  const auto crashed = make_folder();
  const auto calm = make_folder();
  // A child that has little left to do may be done before it is killed: then there is one more.
  int killed = 0;
  for (int i = 0; i < kills || (killed <= kills / 2 && i < kMostRounds * kills); ++i) {
    killed += run_and_kill(kind, changes, crashed, random) ? 1 : 0;
  }
  EXPECT_GT(killed, kills / 2);

  const auto nothing = [] {};
  const auto rows =
      apply_all(kind_named(kind), crashed, changes ? change_versions : do_nothing, nothing);
  EXPECT_FALSE(rows.empty());
  EXPECT_EQ(rows, apply_all(kind_named(kind), calm, do_nothing, nothing));
  std::filesystem::remove_all(crashed);
  std::filesystem::remove_all(calm);
}

TEST(ViewCrash, TheRowsAreThoseOfAViewThatNobodyKilled) {
  for (const auto& kind : kinds()) kill_and_compare(kind.name, false, kKills);
}

TEST(ViewCrash, VersionsThatChangeWhileItIsKilledAreWhole) {
  kill_and_compare("table", true, 2 * kKills);
  kill_and_compare("columnar", true, kKills);
}

}  // namespace
}  // namespace daybook::views
