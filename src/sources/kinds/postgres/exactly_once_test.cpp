// Capture that is killed again and again, in the snapshot and in the stream, while the database
// goes on changing: in the end the events are those of a capture that was never disturbed.

#include <atomic>
#include <cstdlib>
#include <random>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "client/memory_log.h"
#include "sources/kinds/postgres/progress.h"
#include "sources/testing/capture_run.h"
#include "sources/testing/failing_log.h"

namespace daybook::sources::postgres {
namespace {

using testing::all_captured;
using testing::CaptureRun;
using testing::config_for;
using testing::events_of;
using testing::eventually;
using testing::Faults;
using testing::Json;
using testing::PrivatePostgres;
using testing::StrictConsumer;

constexpr int kFirstRows = 1'500;
constexpr int kMaxKey = 6'000;

// Transactions of several random changes each, until it is destroyed. Keys are a number and a text
// in a collation whose order is not that of its bytes.
class Changes {
 public:
  Changes(const PrivatePostgres& server, std::uint64_t seed) : server_(server), random_(seed) {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }
  int transactions() const { return transactions_; }
  void end() {
    thread_.request_stop();
    thread_.join();
  }

 private:
  void run(const std::stop_token& stop) {
    const auto connection =
        Connection::open(server_.dsn(), ConnectionUse::kSql, std::stop_token()).value();
    while (!stop.stop_requested()) {
      std::string transaction = "BEGIN;";
      for (int i = static_cast<int>(random_() % 6); i >= 0; --i) transaction += change();
      transaction += random_() % 10 == 0 ? "ROLLBACK" : "COMMIT";
      const auto done = connection->execute(transaction);
      EXPECT_TRUE(done) << done.error().message << " in " << transaction;
      ++transactions_;
    }
  }

  std::string some_key() {
    return fmt::format("(n, word) = ({}, '{}')", random_() % 40, word(random_() % kMaxKey));
  }

  static std::string word(std::uint64_t i) {
    return fmt::format("{}{}", i % 2 == 0 ? "a" : "B", i % (kMaxKey / 40));
  }

  std::string change() {
    switch (random_() % 8) {
      case 0:
      case 1:
        return fmt::format("INSERT INTO part VALUES ({}, '{}', 0) ON CONFLICT DO NOTHING;",
                           random_() % 40, word(random_() % kMaxKey));
      case 2:
        return "DELETE FROM part WHERE " + some_key() + ";";
      case 3:
        return fmt::format(
            "UPDATE part SET word = word || 'x' WHERE {} AND length(word) < 9 AND NOT EXISTS "
            "(SELECT FROM part p WHERE p.n = part.n AND p.word = part.word || 'x');",
            some_key());
      case 4:
        return fmt::format("UPDATE part SET version = version + 1 WHERE n = {} AND word < 'a2';",
                           random_() % 40);
      default:
        return "UPDATE part SET version = version + 1 WHERE " + some_key() + ";";
    }
  }

  const PrivatePostgres& server_;
  std::mt19937_64 random_;
  std::atomic<int> transactions_{0};
  std::jthread thread_;
};

class ExactlyOnce : public ::testing::TestWithParam<int> {
 protected:
  static void SetUpTestSuite() { server_ = new PrivatePostgres; }
  static void TearDownTestSuite() { delete server_; }

  void SetUp() override {
    server_->sql(fmt::format(
        "CREATE TABLE part (n int, word text COLLATE \"und-x-icu\", version int, "
        "PRIMARY KEY (n, word)); ALTER TABLE part REPLICA IDENTITY FULL;"
        "INSERT INTO part SELECT i % 40, CASE i % 2 WHEN 0 THEN 'a' ELSE 'B' END || i / 40, 0 "
        "FROM generate_series(0, {}) i ON CONFLICT DO NOTHING",
        kFirstRows - 1));
  }
  void TearDown() override {
    server_->sql(
        "DROP TABLE part; SELECT pg_drop_replication_slot(slot_name) "
        "FROM pg_replication_slots WHERE NOT active");
  }

  std::map<std::string, Json> rows_in_the_table() const {
    std::map<std::string, Json> rows;
    for (const auto& row : server_->sql("SELECT n, word, version FROM part")) {
      const Json json = {
          {"n", std::stoi(*row[0])}, {"word", *row[1]}, {"version", std::stoi(*row[2])}};
      rows[fmt::format("{{\"n\":{},\"word\":\"{}\"}}", *row[0], *row[1])] = json;
    }
    return rows;
  }

  void expect_the_events_to_be_those_of_the_table(client::LogClient& log) const {
    StrictConsumer consumer;
    for (const auto& event : events_of(log, "bank.part")) consumer.apply(event);
    EXPECT_EQ(consumer.rows(), rows_in_the_table());
  }

  static PrivatePostgres* server_;
};

PrivatePostgres* ExactlyOnce::server_ = nullptr;

TEST_P(ExactlyOnce, KilledAnywhereNothingIsLostAndNothingIsTwice) {
  const auto seed = static_cast<std::uint64_t>(GetParam());
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937_64 random(seed);
  const auto log = client::make_memory_log();
  auto config = config_for(*server_, {"part"});
  config.partitions = 1 + GetParam() % 4;
  config.snapshot_chunk_rows = 100;
  Changes changes(*server_, seed);

  constexpr int kKills = 8;
  for (int kill = 0; kill < kKills; ++kill) {
    Faults faults;
    faults.seed = random();
    faults.crash_after = static_cast<std::int64_t>(random() % 600);
    const auto failing = make_failing_log(*log, faults);
    CaptureRun run(config, *failing);
    ASSERT_TRUE(eventually([&] { return faults.crashed.load(); }))
        << to_string(run.status().state) << ": " << run.status().last_error;
  }
  CaptureRun run(config, *log);
  ASSERT_TRUE(run.reaches(SourceState::kStreaming));
  const auto progress = load_progress(*log, config.source).value().value();
  EXPECT_GT(progress.tables.at({"public", "part"}).sessions.size(), 1U)
      << "the snapshot was not interrupted, so this proved little";
  const int so_far = changes.transactions();
  ASSERT_TRUE(eventually([&] { return changes.transactions() > so_far + 20; }));
  changes.end();
  ASSERT_TRUE(all_captured(*server_, config));
  expect_the_events_to_be_those_of_the_table(*log);
}

// DAYBOOK_TEST_SEEDS asks for more than the few that every run can afford.
int seeds() {
  const char* wanted = std::getenv("DAYBOOK_TEST_SEEDS");
  return wanted != nullptr ? std::atoi(wanted) : 4;
}

INSTANTIATE_TEST_SUITE_P(Seeds, ExactlyOnce, ::testing::Range(1, 1 + seeds()));

}  // namespace
}  // namespace daybook::sources::postgres
