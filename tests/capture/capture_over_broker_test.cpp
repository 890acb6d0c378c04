// PostgreSQL, captured through the Kafka protocol into Daybook's own broker.

#include <csignal>
#include <iostream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "client_contract/live_broker.h"
#include "sources/testing/capture_run.h"

namespace daybook::sources::testing {
namespace {

using daybook::testing::LiveBroker;
using std::chrono::steady_clock;

constexpr int kRows = 50'000;

double seconds(steady_clock::time_point since) {
  return std::chrono::duration<double>(steady_clock::now() - since).count();
}

std::size_t count_of(client::LogClient& log, const std::string& topic) {
  std::size_t count = 0;
  const auto partitions = log.describe_topic(topic).value().partitions;
  for (std::int32_t p = 0; p < partitions; ++p) {
    const auto range = log.offsets({topic, PartitionId{p}}).value();
    count += static_cast<std::size_t>(range.end - range.begin);
  }
  return count;
}

TEST(CaptureOverBroker, SnapshotAndStreamArriveAndTheirRatesAreShown) {
  const PrivatePostgres server;
  server.sql(fmt::format(
      "CREATE TABLE entry (operation_id bigint, leg smallint, account_id bigint NOT NULL, "
      "amount numeric(14,2) NOT NULL, booked_at timestamptz NOT NULL, "
      "PRIMARY KEY (operation_id, leg)); ALTER TABLE entry REPLICA IDENTITY FULL;"
      "INSERT INTO entry SELECT i / 2, i % 2, i % 1000, i * 1.25, now() "
      "FROM generate_series(1, {}) i",
      kRows));
  LiveBroker broker;
  const auto log = broker.make_client();
  const auto config = config_for(server, {"entry"});

  auto started = steady_clock::now();
  CaptureRun run(config, *log);
  ASSERT_TRUE(run.reaches(SourceState::kStreaming));
  const double snapshot_cpu = run.cpu_seconds();
  std::cout << fmt::format("snapshot: {:.0f} events/s; {:.0f} per CPU second of the source\n",
                           kRows / seconds(started), kRows / snapshot_cpu);
  EXPECT_EQ(count_of(*log, "bank.entry"), static_cast<std::size_t>(kRows));

  started = steady_clock::now();
  server.sql(
      fmt::format("INSERT INTO entry SELECT i / 2, i % 2, i % 1000, i * 1.25, now() "
                  "FROM generate_series({}, {}) i",
                  kRows + 2, 2 * kRows + 1));
  ASSERT_TRUE(all_captured(server, config));
  std::cout << fmt::format(
      "stream: {:.0f} events/s, the inserting included; {:.0f} per CPU second of the source\n",
      kRows / seconds(started), kRows / (run.cpu_seconds() - snapshot_cpu));
  EXPECT_EQ(count_of(*log, "bank.entry"), static_cast<std::size_t>(2 * kRows));
  EXPECT_EQ(run.status().events, static_cast<std::uint64_t>(2 * kRows));
}

TEST(CaptureOverBroker, OutagesOfEitherSideAndNewSourcesLoseAndRepeatNothing) {
  PrivatePostgres server;
  server.sql(
      "CREATE TABLE part (id int PRIMARY KEY, version int); ALTER TABLE part REPLICA IDENTITY "
      "FULL; INSERT INTO part SELECT i, 0 FROM generate_series(1, 2000) i");
  LiveBroker broker;
  auto log = broker.make_client();
  auto config = config_for(server, {"part"});
  config.partitions = 3;
  config.snapshot_chunk_rows = 200;
  auto run = std::make_unique<CaptureRun>(config, *log);
  for (int round = 0; round < 4; ++round) {
    server.sql("UPDATE part SET version = version + 1 WHERE id % 3 = 0");
    if (round == 0) broker.stop();
    server.sql(fmt::format("DELETE FROM part WHERE id % 50 = {}", round));
    if (round == 0) broker.start();
    server.sql(fmt::format("INSERT INTO part SELECT i, 0 FROM generate_series({}, {}) i",
                           3000 + round * 100, 3099 + round * 100));
    if (round == 1) {
      server.stop(SIGINT);
      server.start();
    }
    if (round == 2) {
      run.reset();
      run = std::make_unique<CaptureRun>(config, *log);
    }
    server.sql("UPDATE part SET id = id + 10000 WHERE id % 97 = 1");
  }
  ASSERT_TRUE(all_captured(server, config)) << run->status().last_error;
  StrictConsumer consumer;
  for (const auto& event : events_of(*log, "bank.part")) consumer.apply(event);
  std::map<std::string, Json> rows;
  for (const auto& row : server.sql("SELECT id, version FROM part")) {
    rows[fmt::format("{{\"id\":{}}}", *row[0])] = {{"id", std::stoi(*row[0])},
                                                   {"version", std::stoi(*row[1])}};
  }
  EXPECT_EQ(consumer.rows(), rows);
}

}  // namespace
}  // namespace daybook::sources::testing
