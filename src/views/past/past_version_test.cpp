#include "views/past/past_version.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <filesystem>
#include <future>
#include <latch>
#include <random>
#include <ranges>

#include "client/forwarding_log.h"
#include "client/memory_log.h"
#include "flow/position_text.h"
#include "views/kinds/columnar/columnar_plan.h"
#include "views/kinds/document/document_plan.h"
#include "views/kinds/graph/graph_plan.h"
#include "views/kinds/search/search_plan.h"
#include "views/kinds/table/table_plan.h"
#include "views/kinds/wide/wide_plan.h"
#include "views/testing/kind_run.h"
#include "views/testing/payment_changes.h"
#include "views/testing/view_fixture.h"

namespace daybook::views {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using views::testing::KindRun;
using views::testing::payment;
using views::testing::payment_schema;
using views::testing::random_changes;
using views::testing::Row;
using views::testing::TemporaryFolder;
using views::testing::TestEvent;
using views::testing::write_events;
using Plan = std::shared_ptr<const ViewPlan>;
using Rows = std::vector<Row>;
using Given = std::vector<std::pair<std::string, std::string>>;

const client::TopicPartition kZero{"t", PartitionId{0}};

Plan balances() {
  return table::make_table_plan({"account"},
                                "SELECT account, sum(amount) AS balance, count(*) AS entries, "
                                "max(amount) AS largest, last(note) AS latest FROM t "
                                "GROUP BY account");
}

// A version, the log that its events come from, and what may be missing in the log.
class Past {
 public:
  Past(const Plan& plan, const client::Schema& schema, std::int32_t partitions = 1)
      : plan_(plan), run_(plan, schema), memory_(client::make_memory_log()), log_(*memory_) {
    definition_.spec.name = "v";
    definition_.spec.input = "t";
    definition_.spec.topic = "t";
    definition_.spec.declared = schema;
    definition_.plan = plan;
    EXPECT_TRUE(memory_->create_topic({"t", partitions, {}}));
  }

  void apply(const std::vector<TestEvent>& events) {
    write_events(*memory_, events);
    EXPECT_TRUE(run_.apply(events).empty());
  }
  Result<Answer> query(const std::string& sql, const AsOf& as_of, const ExplainOptions& replay = {},
                       const ReadOptions& options = {}) {
    return as_it_was(as_of, replay,
                     [&](VersionReader& version) { return version.query(sql, options); });
  }
  Result<Answer> ask(const std::string& question, const Given& given, const AsOf& as_of) {
    const auto* found = find_question(plan_->questions(), "v", question).value();
    return as_it_was(as_of, {}, [&](VersionReader& version) {
      return found->answer(version, Arguments(given), {});
    });
  }
  Result<Answer> as_it_was(const AsOf& as_of, const ExplainOptions& replay,
                           const std::function<Result<Answer>(VersionReader&)>& ask) {
    auto answer =
        ask_as_of({log_, disk_, run_.folder()}, definition_, run_.reader(), as_of, replay, ask);
    EXPECT_FALSE(std::filesystem::exists(run_.folder() + "/as-of"));
    return answer;
  }
  KindRun& run() { return run_; }

  // The disk, on which there is less room whenever it is asked.
  class FillingDisk final : public io::FileSystem {
   public:
    using Path = const std::string&;
    Result<std::unique_ptr<io::File>> open(Path path, io::OpenMode mode) override {
      return real_.open(path, mode);
    }
    Result<std::vector<io::Entry>> list(Path folder) override { return real_.list(folder); }
    Result<bool> exists(Path path) override { return real_.exists(path); }
    Status create_folders(Path path) override { return real_.create_folders(path); }
    Status rename(Path from, Path to) override { return real_.rename(from, to); }
    Status remove(Path path) override { return real_.remove(path); }
    Status remove_folder(Path path) override { return real_.remove_folder(path); }
    Status sync_directory(Path path) override { return real_.sync_directory(path); }
    Result<io::DiskSpace> space(Path) override {
      usable_bytes -= taken_bytes;
      return io::DiskSpace{std::uint64_t{1} << 40, usable_bytes};
    }
    Result<std::unique_ptr<io::FolderLock>> lock_folder(Path path) override {
      return real_.lock_folder(path);
    }

    std::uint64_t usable_bytes = 100u << 20;
    std::uint64_t taken_bytes = 0;

   private:
    io::FileSystem& real_ = io::real_file_system();
  };
  FillingDisk& disk() { return disk_; }

  // The first events that are gone after so many looks at what the log has.
  class CutLog final : public client::ForwardingLog {
   public:
    using ForwardingLog::ForwardingLog;
    Result<client::OffsetRanges> offsets_of(
        const std::vector<client::TopicPartition>& partitions) override {
      DAYBOOK_TRY(auto ranges, ForwardingLog::offsets_of(partitions));
      const bool is_cut = looks_before_cut-- <= 0;
      for (auto& range : std::views::values(ranges)) {
        if (is_cut) range.begin = Offset{1};
      }
      return ranges;
    }
    Result<std::map<std::string, std::string>> topic_config(const std::string&) override {
      return std::map<std::string, std::string>{{"cleanup.policy", policy}};
    }
    int looks_before_cut = 1'000'000;
    std::string policy = "delete";
  };
  CutLog& log() { return log_; }

 private:
  const Plan plan_;
  KindRun run_;
  std::unique_ptr<client::LogClient> memory_;
  CutLog log_;
  FillingDisk disk_;
  Definition definition_;
};

struct KindCase {
  const char* name;
  Plan plan;
  const char* sql;
  const char* question = nullptr;
  Given given = {};
};

std::vector<KindCase> kinds() {
  return {{"table", balances(),
           "SELECT count(*), decimal_sum(balance), sum(entries), group_concat(latest) FROM "
           "(SELECT * FROM v ORDER BY account)"},
          {"document", document::make_document_plan({.key = {"id"}, .index = {"note"}}),
           "SELECT * FROM v ORDER BY id"},
          {"wide",
           wide::make_wide_plan({.row = "account",
                                 .columns = {{"pay", "amount", "amount"}, {"pay", "n", "note"}},
                                 .versions = 3}),
           "SELECT family, qualifier, count(*), min(timestamp), max(value) FROM v GROUP BY 1, 2 "
           "ORDER BY 1, 2",
           "scan",
           {{"versions", "3"}}},
          {"search",
           search::make_search_plan({.key = {"id"}, .text = {"note"}, .facets = {"account"}}),
           "SELECT account, count(*) FROM v GROUP BY account ORDER BY account",
           "facets",
           {{"text", "note"}}},
          {"graph",
           graph::make_graph_plan(
               {.key = {"id"}, .from = "account", .to = "note", .type_name = "PAID"}),
           "SELECT * FROM v ORDER BY id", "degree"},
          {"columnar",
           columnar::make_columnar_plan(
               {.sql = "SELECT id, account, amount, account % 2 AS part FROM t",
                .partition_by = {"part"}}),
           "SELECT part, count(*), sum(amount) FROM v GROUP BY part ORDER BY part"}};
}

// Two partitions of one table each, as one stream in the order of time.
std::vector<TestEvent> two_tables(std::mt19937_64& random, int count) {
  auto one = random_changes(random, count, 1);
  auto other = random_changes(random, count, 11);
  std::vector<TestEvent> events;
  std::size_t next[2] = {0, 0};
  while (events.size() < static_cast<std::size_t>(count)) {
    const int from = std::uniform_int_distribution<int>(0, 1)(random);
    events.push_back((from == 0 ? one : other)[next[from]++]);
    events.back().partition = from;
    events.back().time_ms = std::ssize(events) * 10;
  }
  return events;
}

TEST(PastVersion, EveryKindAnswersAsItDidThen) {
  const char* chosen = std::getenv("DAYBOOK_PAST_SEED");
  const std::uint64_t seed = chosen == nullptr ? 20'261'126 : std::strtoull(chosen, nullptr, 10);
  std::mt19937_64 random(seed);
  constexpr int kEvents = 30;
  constexpr int kLooks = 8;
  for (const auto& kind : kinds()) {
    SCOPED_TRACE(std::string(kind.name) + ", seed " + std::to_string(seed));
    Past past(kind.plan, payment_schema(client::Envelope::kDebezium), 2);
    struct Then {
      client::Position position;
      Rows rows;
      Rows answers;
    };
    std::vector<Then> history;
    for (const auto& event : two_tables(random, kEvents)) {
      past.apply({event});
      Then then{.position = past.run().reader().position().value(),
                .rows = past.run().rows(kind.sql),
                .answers = {}};
      if (kind.question != nullptr) then.answers = past.run().ask(kind.question, kind.given)->rows;
      history.push_back(std::move(then));
    }
    for (int look = 0; look < kLooks; ++look) {
      const auto place = std::uniform_int_distribution<std::size_t>(0, kEvents - 1)(random);
      const auto& then = history[place];
      SCOPED_TRACE("after event " + std::to_string(place));
      const auto rows = past.query(kind.sql, then.position);
      ASSERT_TRUE(rows) << rows.error().message;
      EXPECT_EQ(rows->rows, then.rows);
      EXPECT_EQ(rows->position, then.position);
      const TimestampMs time{static_cast<std::int64_t>(place) * 10 + 14};
      const auto by_time = past.query(kind.sql, time);
      ASSERT_TRUE(by_time) << by_time.error().message;
      EXPECT_EQ(by_time->rows, then.rows);
      EXPECT_TRUE(flow::covers(by_time->position, then.position));
      if (kind.question == nullptr) continue;
      const auto answers = past.ask(kind.question, kind.given, then.position);
      ASSERT_TRUE(answers) << answers.error().message;
      EXPECT_EQ(answers->rows, then.answers);
    }
    const auto nothing = past.query("SELECT count(*) FROM v", TimestampMs{1});
    ASSERT_TRUE(nothing) << nothing.error().message;
    EXPECT_THAT(nothing->rows, ElementsAre(Row{std::int64_t{0}}));
  }
}

class PastBounds : public ::testing::Test {
 protected:
  PastBounds() : past_(balances(), payment_schema(client::Envelope::kPlain)) {
    for (int i = 0; i < 5; ++i) {
      TestEvent event{"k", payment(i, 7, "1.00")};
      event.time_ms = 10 * (i + 1);
      past_.apply({event});
    }
  }
  static constexpr const char* kSum = "SELECT decimal_sum(balance) FROM v";
  Past past_;
};

TEST_F(PastBounds, ADiskThatFillsIsAnErrorAndGetsItsRoomBack) {
  const client::Position position{{kZero, Offset{3}}};
  past_.disk().taken_bytes = 40u << 20;
  const auto full = past_.query(kSum, position);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ErrorCode::kNoSpace);
  EXPECT_THAT(full.error().message, HasSubstr("60 MiB were free, 20 MiB are, and it has come to "
                                              "t/0:3: make room"));
  past_.disk().usable_bytes = 100u << 20;
  past_.disk().taken_bytes = 30u << 20;  // more than half of what was free is left
  EXPECT_THAT(past_.query(kSum, position).value().rows, ElementsAre(Row{"3.00"}));
}

TEST_F(PastBounds, ABoundThatIsHitIsAnErrorThatSaysHowFarItCame) {
  ExplainOptions replay;
  replay.read_limit = 3;
  EXPECT_THAT(past_.query(kSum, client::Position{{kZero, Offset{3}}}, replay).value().rows,
              ElementsAre(Row{"3.00"}));
  const auto cut = past_.query(kSum, client::Position{{kZero, Offset{4}}}, replay);
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, ErrorCode::kTimedOut);
  EXPECT_THAT(cut.error().message, HasSubstr("3 events were read: of the events below t/0:4 those "
                                             "from t/0:3 on have not been looked at"));
  replay.time_limit = std::chrono::milliseconds(-1);
  EXPECT_THAT(past_.query(kSum, TimestampMs{30}, replay).error().message,
              HasSubstr("its time was up"));
  replay = {};
  replay.is_cancelled = [] { return true; };
  EXPECT_EQ(past_.query(kSum, TimestampMs{30}, replay).error().code, ErrorCode::kCancelled);
}

TEST_F(PastBounds, APositionThatTheViewHasNotSeenAndBadSqlAreRefused) {
  EXPECT_THAT(past_.query(kSum, client::Position{{kZero, Offset{6}}}).error().message,
              HasSubstr("view v is at t/0:5 and has not been at t/0:6"));
  EXPECT_EQ(past_.query("SELEC", TimestampMs{30}).error().code, ErrorCode::kInvalid);
  EXPECT_EQ(past_.query("DELETE FROM v", TimestampMs{30}).error().code, ErrorCode::kInvalid);
  ReadOptions options;
  options.row_limit = 1;
  const auto one = past_.query("SELECT 1 UNION ALL SELECT 2", TimestampMs{30}, {}, options);
  EXPECT_TRUE(one.value().truncated);
  options.time_limit = std::chrono::milliseconds(1);
  EXPECT_EQ(past_
                .query("WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT "
                       "count(*) FROM r",
                       TimestampMs{30}, {}, options)
                .error()
                .code,
            ErrorCode::kTimedOut);
}

TEST_F(PastBounds, WhatTheLogNoLongerHasIsSaidAndNothingIsServed) {
  past_.log().policy = "compact";
  EXPECT_THAT(past_.query(kSum, TimestampMs{30}).error().message,
              HasSubstr("topic t is compacted, so that it no longer has all of its events"));
  past_.log().policy = "delete";
  // Before the replay, while it begins, and after it.
  for (const int looks : {0, 1, 2}) {
    past_.log().looks_before_cut = looks;
    const auto gone = past_.query(kSum, TimestampMs{30});
    ASSERT_FALSE(gone) << looks;
    EXPECT_EQ(gone.error().code, ErrorCode::kUnsupported);
    EXPECT_THAT(gone.error().message, HasSubstr("events before t/0:1 are no longer in the log"));
  }
}

TEST_F(PastBounds, ALogThatIsShorterThanThePositionGivesNoAnswer) {
  past_.run().apply({{"k", payment(6, 7, "1.00")}});
  const auto gone = past_.query(kSum, client::Position{{kZero, Offset{6}}});
  ASSERT_FALSE(gone);
  EXPECT_THAT(gone.error().message, HasSubstr("has given no events from t/0:5 on"));
}

// A view with a question that does what the test wants.
class CallingPlan final : public ViewPlan {
 public:
  explicit CallingPlan(std::function<void()> call) : plan_(balances()) {
    questions_.push_back({"call",
                          "does what the test wants",
                          {},
                          [call = std::move(call)](VersionReader& version, const Arguments&,
                                                   const ReadOptions& options) {
                            call();
                            return version.query("SELECT sum(entries) FROM v", options);
                          }});
  }
  std::string_view kind() const override { return plan_->kind(); }
  const std::vector<std::string>& key() const override { return plan_->key(); }
  const std::vector<Question>& questions() const override { return questions_; }
  std::string definition() const override { return plan_->definition(); }
  std::vector<Error> check(const ViewSpec& spec) const override { return plan_->check(spec); }
  Result<std::unique_ptr<Fold>> make_fold(const ViewSpec& spec,
                                          const client::Schema& schema) const override {
    return plan_->make_fold(spec, schema);
  }

 private:
  const Plan plan_;
  std::vector<Question> questions_;
};

// A view of three events, complete.
struct Bank {
  explicit Bank(
      const std::string& folder, std::function<void()> call = [] {})
      : log(client::make_memory_log()) {
    EXPECT_TRUE(log->create_topic({"t", 1, {}}));
    for (int i = 0; i < 3; ++i) {
      TestEvent event{"k", payment(i, 7, "1.00")};
      event.time_ms = i + 1;
      write_events(*log, {event});
    }
    ViewSpec spec{"v", "t", "t", payment_schema(client::Envelope::kPlain)};
    view = open_view(spec, std::make_shared<CallingPlan>(std::move(call)),
                     {*log, io::real_file_system(), io::real_clock(), folder})
               .value();
    view->start();
  }
  Result<Answer> call(std::int64_t below) {
    ReadOptions options;
    options.min_position = {{kZero, Offset{3}}};
    options.wait_limit = std::chrono::seconds(60);
    return view->reader().ask_as_of("call", Arguments(), client::Position{{kZero, Offset{below}}},
                                    {}, options);
  }
  std::unique_ptr<client::LogClient> log;
  std::unique_ptr<View> view;
};

TEST(PastView, OneQuestionAboutThePastIsAnsweredAtATime) {
  std::promise<void> has_begun;
  std::latch may_end(1);
  const TemporaryFolder folder;
  Bank bank(folder.path(), [&] {
    has_begun.set_value();
    may_end.wait();
  });
  auto first = std::async(std::launch::async, [&] { return bank.call(2); });
  EXPECT_EQ(has_begun.get_future().wait_for(views::testing::kPatience), std::future_status::ready);
  auto& reader = bank.view->reader();
  const auto second = reader.query_as_of("SELECT 1", TimestampMs{2}, {}, {});
  const auto third = reader.explain({"7"}, {}, {});
  const auto now = reader.query("SELECT sum(entries) FROM v", {});
  may_end.count_down();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(second.error().message, HasSubstr("another question about the past"));
  EXPECT_EQ(third.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(now.value().rows, ElementsAre(Row{std::int64_t{3}}));
  const auto answer = first.get();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_THAT(answer->rows, ElementsAre(Row{std::int64_t{2}}));
  EXPECT_EQ(flow::to_text(answer->position), "t/0:2");
  EXPECT_EQ(reader.query_as_of("SELECT sum(entries) FROM v", TimestampMs{1}, {}, {}).value().rows,
            (Rows{{std::int64_t{1}}}));
  EXPECT_EQ(reader.ask_as_of("other", Arguments(), TimestampMs{1}, {}, {}).error().code,
            ErrorCode::kNotFound);
}

// The process is killed in the middle of an answer; the child is this program, run again.
TEST(PastViewCrash, WhatACrashHasLeftIsGoneAfterTheNextStart) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  constexpr const char* kFolder = "DAYBOOK_PAST_FOLDER";
  const TemporaryFolder own;
  const char* inherited = std::getenv(kFolder);
  const std::string folder = inherited == nullptr ? own.path() : inherited;
  ASSERT_EQ(setenv(kFolder, folder.c_str(), 1), 0);
  EXPECT_EXIT((void)Bank(folder, [] { raise(SIGKILL); }).call(2),
              ::testing::KilledBySignal(SIGKILL), "");
  unsetenv(kFolder);
  const auto left = folder + "/views/v/as-of";
  EXPECT_TRUE(std::filesystem::exists(left + "/v1.db"));
  Bank again(folder);
  EXPECT_FALSE(std::filesystem::exists(left));
  const auto answer = again.call(2);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_THAT(answer->rows, ElementsAre(Row{std::int64_t{2}}));
  EXPECT_FALSE(std::filesystem::exists(left));
}

}  // namespace
}  // namespace daybook::views
