#include "sources/kinds/postgres/postgres_source.h"

#include <csignal>

#include <gmock/gmock.h>

#include "client/schema.h"
#include "sources/testing/failing_log.h"
#include "sources/testing/postgres_capture.h"

namespace daybook::sources::postgres {
namespace {

using testing::all_captured;
using testing::CaptureRun;
using testing::config_for;
using ::testing::ElementsAre;
using testing::events_of;
using testing::eventually;
using testing::Json;
using testing::StrictConsumer;

class PostgresSource : public testing::PostgresCapture {};

TEST_F(PostgresSource, RowsThenChangesBecomeEvents) {
  server_->sql(
      "CREATE TABLE item (id bigint PRIMARY KEY, name text, price numeric(10,2));"
      "ALTER TABLE item REPLICA IDENTITY FULL;"
      "INSERT INTO item VALUES (1, 'one', 1.5), (2, NULL, NULL)");
  const auto config = config_for(*server_, {"item"});
  CaptureRun run(config, *log_);
  ASSERT_TRUE(run.reaches(SourceState::kStreaming));
  server_->sql("INSERT INTO item VALUES (3, 'three', 3)");
  server_->sql("UPDATE item SET price = price + 0.01 WHERE id = 1");
  server_->sql("DELETE FROM item WHERE id = 2");
  server_->sql("UPDATE item SET id = 30 WHERE id = 3");
  ASSERT_TRUE(all_captured(*server_, config));

  const auto events = events_of(*log_, "bank.item");
  StrictConsumer consumer;
  for (const auto& event : events) consumer.apply(event);
  EXPECT_EQ(story_of("bank.item"), "rrcud~d~c");
  EXPECT_EQ(consumer.rows().at(R"({"id":1})"),
            Json::parse(R"({"id":1,"name":"one","price":"1.51"})"));
  EXPECT_EQ(consumer.rows().at(R"({"id":30})"),
            Json::parse(R"({"id":30,"name":"three","price":"3.00"})"));
  EXPECT_EQ(consumer.rows().size(), 2U);
  EXPECT_EQ(run.status().events, events.size());
  EXPECT_TRUE(run.stop());

  const auto schema = client::find_schema(*log_, "bank.item").value().value();
  EXPECT_EQ(schema.envelope, client::Envelope::kDebezium);
  EXPECT_THAT(schema.columns, ElementsAre(client::Column{"id", "BIGINT", true},
                                          client::Column{"name", "VARCHAR", false},
                                          client::Column{"price", "DECIMAL(10,2)", false}));
}

constexpr const char* kAllTypes = R"(
CREATE DOMAIN positive AS numeric(6,1) CHECK (VALUE > 0);
CREATE TYPE mood AS ENUM ('ok', 'so "so"');
CREATE TABLE type (
  id uuid PRIMARY KEY, b boolean, i2 smallint, i4 integer, i8 bigint, f4 real, f8 double precision,
  n numeric(14,2), free numeric, p positive, t text, c char(5), v varchar(9), m mood, j json,
  jb jsonb, d date, tod time, ts timestamp, ts3 timestamp(3), tz timestamptz, raw bytea, a int[],
  iv interval, net inet, twice numeric GENERATED ALWAYS AS (n * 2) STORED);
ALTER TABLE type REPLICA IDENTITY FULL;)";

constexpr const char* kTypeRow = R"(
INSERT INTO type VALUES (
  '8c6b3fd2-0f6a-4ba0-8d2e-5f9a2a3d7b11', true, -32768, 2147483647, -9223372036854775808, 1.5,
  0.1, 12345.67, 1e30, 9.9, E'tab\t"quote" \\ é 😀', 'ab', 'x', 'so "so"', '{"a": [1, null]}',
  '{"b":2}', '2026-11-23', '15:11:00.5', '2026-11-23 15:11:00.123456', '2026-11-23 15:11:00.123',
  '2026-11-23 16:11:00.5+01', '\x00ff10', '{1,2}', '1 day 02:00', '10.0.0.1');)";

constexpr const char* kTypeJson = R"({
  "id": "8c6b3fd2-0f6a-4ba0-8d2e-5f9a2a3d7b11", "b": true, "i2": -32768, "i4": 2147483647,
  "i8": -9223372036854775808, "f4": 1.5, "f8": 0.1, "n": "12345.67",
  "free": "1000000000000000000000000000000", "p": "9.9", "t": "tab\t\"quote\" \\ é 😀",
  "c": "ab   ", "v": "x", "m": "so \"so\"", "j": "{\"a\": [1, null]}", "jb": "{\"b\": 2}",
  "d": 20780, "tod": 54660500000, "ts": 1795446660123456, "ts3": 1795446660123000,
  "tz": "2026-11-23T15:11:00.5Z", "raw": "AP8Q", "a": "{1,2}", "iv": "P1DT2H",
  "net": "10.0.0.1"})";

TEST_F(PostgresSource, EveryTypeLooksTheSameInTheSnapshotAndInTheStream) {
  server_->sql(kAllTypes);
  server_->sql(kTypeRow);
  const auto config = config_for(*server_, {"type"});
  CaptureRun run(config, *log_);
  ASSERT_TRUE(run.reaches(SourceState::kStreaming));
  server_->sql("UPDATE type SET b = false");
  server_->sql("DELETE FROM type");
  server_->sql(kTypeRow);
  server_->sql("INSERT INTO type (id) VALUES ('00000000-0000-0000-0000-000000000000')");
  ASSERT_TRUE(all_captured(*server_, config));
  EXPECT_EQ(story_of("bank.type"), "rud~cc");
  const auto events = events_of(*log_, "bank.type");
  EXPECT_EQ(events[0].json().at("after"), Json::parse(kTypeJson)) << *events[0].value;
  EXPECT_EQ(events[1].json().at("before"), Json::parse(kTypeJson));
  EXPECT_EQ(events[4].json().at("after"), Json::parse(kTypeJson)) << *events[4].value;
  const Json nearly_empty = events[5].json().at("after");
  for (const auto& [name, value] : nearly_empty.items()) {
    EXPECT_EQ(value.is_null(), name != "id") << name;
  }
  std::string types;
  const auto schema = client::find_schema(*log_, "bank.type").value().value();
  for (const auto& column : schema.columns) {
    types += column.type + " ";
  }
  EXPECT_EQ(types,
            "UUID BOOLEAN INTEGER INTEGER BIGINT DOUBLE DOUBLE DECIMAL(14,2) VARCHAR DECIMAL(6,1) "
            "VARCHAR VARCHAR VARCHAR VARCHAR JSON JSON DATE BIGINT TIMESTAMP TIMESTAMP TIMESTAMPTZ "
            "VARCHAR VARCHAR VARCHAR VARCHAR ");
}

TEST_F(PostgresSource, ALargeValueThatAnUpdateDoesNotTouchIsFilledIn) {
  server_->sql(
      "CREATE TABLE page (id int PRIMARY KEY, hits int, body text);"
      "ALTER TABLE page ALTER body SET STORAGE EXTERNAL;"
      "ALTER TABLE page REPLICA IDENTITY FULL;"
      "INSERT INTO page VALUES (1, 0, repeat('x', 100000))");
  const auto config = config_for(*server_, {"page"});
  CaptureRun run(config, *log_);
  ASSERT_TRUE(run.reaches(SourceState::kStreaming));
  server_->sql("UPDATE page SET hits = 1");
  ASSERT_TRUE(all_captured(*server_, config));
  const auto update = events_of(*log_, "bank.page").back().json();
  EXPECT_EQ(update.at("op"), "u");
  EXPECT_EQ(update.at("after").at("hits"), 1);
  EXPECT_EQ(update.at("after").at("body"), std::string(100'000, 'x'));
  EXPECT_EQ(update.at("before").at("body"), std::string(100'000, 'x'));
}

TEST_F(PostgresSource, ATransactionIsCapturedWholeOrNotAtAll) {
  server_->sql("CREATE TABLE t (id int PRIMARY KEY); ALTER TABLE t REPLICA IDENTITY FULL");
  auto config = config_for(*server_, {"t"});
  config.partitions = 3;
  CaptureRun run(config, *log_);
  ASSERT_TRUE(run.reaches(SourceState::kStreaming));
  server_->sql("BEGIN; INSERT INTO t SELECT generate_series(1, 100); ROLLBACK");
  server_->sql(
      "BEGIN; INSERT INTO t SELECT generate_series(101, 200); SAVEPOINT s;"
      "INSERT INTO t VALUES (1); ROLLBACK TO s; INSERT INTO t VALUES (2); COMMIT");
  ASSERT_TRUE(all_captured(*server_, config));
  const auto events = events_of(*log_, "bank.t");
  ASSERT_EQ(events.size(), 101U);
  std::set<std::int32_t> partitions;
  std::set<Json> transactions;
  StrictConsumer consumer;
  for (const auto& event : events) {
    consumer.apply(event);
    partitions.insert(event.partition);
    transactions.insert(event.json().at("source").at("txId"));
  }
  EXPECT_EQ(consumer.rows().size(), 101U);
  EXPECT_FALSE(consumer.rows().contains(R"({"id":1})"));
  EXPECT_EQ(partitions.size(), 3U);
  EXPECT_EQ(transactions.size(), 1U);
}

TEST_F(PostgresSource, ATruncationIsToldToEveryPartition) {
  server_->sql("CREATE TABLE t (id int PRIMARY KEY); ALTER TABLE t REPLICA IDENTITY FULL");
  auto config = config_for(*server_, {"t"});
  config.partitions = 2;
  CaptureRun run(config, *log_);
  ASSERT_TRUE(run.reaches(SourceState::kStreaming));
  server_->sql("TRUNCATE t; INSERT INTO t VALUES (1)");
  ASSERT_TRUE(all_captured(*server_, config));
  int truncations = 0;
  for (const auto& event : events_of(*log_, "bank.t")) {
    if (event.json().at("op") != "t") continue;
    ++truncations;
    EXPECT_FALSE(event.key.has_value());
  }
  EXPECT_EQ(truncations, 2);
}

TEST_F(PostgresSource, AColumnThatIsAddedAppearsInEventsAndSchema) {
  server_->sql("CREATE TABLE t (id int PRIMARY KEY); ALTER TABLE t REPLICA IDENTITY FULL");
  const auto config = config_for(*server_, {"t"});
  CaptureRun run(config, *log_);
  ASSERT_TRUE(run.reaches(SourceState::kStreaming));
  server_->sql("INSERT INTO t VALUES (1); ALTER TABLE t ADD note text DEFAULT 'n'");
  server_->sql("INSERT INTO t VALUES (2, 'two')");
  ASSERT_TRUE(all_captured(*server_, config));
  const auto events = events_of(*log_, "bank.t");
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].json().at("after"), Json::parse(R"({"id":1})"));
  EXPECT_EQ(events[1].json().at("after"), Json::parse(R"({"id":2,"note":"two"})"));
  EXPECT_THAT(
      client::find_schema(*log_, "bank.t").value().value().columns,
      ElementsAre(client::Column{"id", "INTEGER", true}, client::Column{"note", "VARCHAR", false}));
}

TEST_F(PostgresSource, ATableThatIsAddedLaterIsSnapshotWhileTheOthersGoOn) {
  server_->sql(
      "CREATE TABLE a (id int PRIMARY KEY); ALTER TABLE a REPLICA IDENTITY FULL;"
      "CREATE TABLE b (id int PRIMARY KEY); ALTER TABLE b REPLICA IDENTITY FULL;"
      "INSERT INTO a VALUES (1); INSERT INTO b VALUES (1)");
  auto config = config_for(*server_, {"a"});
  {
    CaptureRun run(config, *log_);
    ASSERT_TRUE(run.reaches(SourceState::kStreaming));
    ASSERT_TRUE(all_captured(*server_, config));
  }
  server_->sql(
      "INSERT INTO a VALUES (2); INSERT INTO b VALUES (2); UPDATE b SET id = 20 "
      "WHERE id = 2");
  config.tables.push_back({{"public", "b"}, "bank.b"});
  CaptureRun run(config, *log_);
  ASSERT_TRUE(run.reaches(SourceState::kStreaming));
  server_->sql("INSERT INTO b VALUES (3)");
  ASSERT_TRUE(all_captured(*server_, config));
  EXPECT_EQ(story_of("bank.a"), "rc");
  EXPECT_EQ(story_of("bank.b"), "rrc");
}

TEST_F(PostgresSource, PostgresqlMayStopAndComeBack) {
  server_->sql("CREATE TABLE t (id int PRIMARY KEY); ALTER TABLE t REPLICA IDENTITY FULL");
  const auto config = config_for(*server_, {"t"});
  CaptureRun run(config, *log_);
  ASSERT_TRUE(run.reaches(SourceState::kStreaming));
  int next = 0;
  for (const int signal : {SIGINT, SIGQUIT}) {
    server_->sql("INSERT INTO t VALUES (" + std::to_string(++next) + ")");
    server_->stop(signal);
    ASSERT_TRUE(run.reaches(SourceState::kWaiting));
    EXPECT_NE(run.status().last_error, "");
    server_->start();
    server_->sql("INSERT INTO t VALUES (" + std::to_string(++next) + ")");
    ASSERT_TRUE(run.reaches(SourceState::kStreaming));
    EXPECT_EQ(run.status().last_error, "");
  }
  ASSERT_TRUE(all_captured(*server_, config));
  EXPECT_EQ(story_of("bank.t"), "cccc");
}

TEST_F(PostgresSource, TheLogMayGoAwayAndComeBack) {
  server_->sql("CREATE TABLE t (id int PRIMARY KEY); ALTER TABLE t REPLICA IDENTITY FULL");
  const auto config = config_for(*server_, {"t"});
  testing::Faults faults;
  const auto failing = make_failing_log(*log_, faults);
  CaptureRun run(config, *failing);
  ASSERT_TRUE(run.reaches(SourceState::kStreaming));
  faults.away = true;
  server_->sql("INSERT INTO t SELECT generate_series(1, 1000)");
  ASSERT_TRUE(run.reaches(SourceState::kWaiting));
  server_->sql("INSERT INTO t SELECT generate_series(1001, 2000)");
  faults.away = false;
  ASSERT_TRUE(all_captured(*server_, config));
  EXPECT_EQ(story_of("bank.t"), std::string(2000, 'c'));
  EXPECT_TRUE(run.reaches(SourceState::kStreaming));
}

TEST_F(PostgresSource, TheSlotMovesOnlyWhenTheLogHasAcknowledged) {
  server_->sql("CREATE TABLE t (id int PRIMARY KEY); ALTER TABLE t REPLICA IDENTITY FULL");
  const auto config = config_for(*server_, {"t"});
  testing::Faults faults;
  const auto failing = make_failing_log(*log_, faults);
  CaptureRun run(config, *failing);
  ASSERT_TRUE(run.reaches(SourceState::kStreaming));
  ASSERT_TRUE(all_captured(*server_, config));
  faults.away = true;
  server_->sql("INSERT INTO t VALUES (1)");
  const auto end = server_->value("SELECT pg_current_wal_lsn()");
  ASSERT_TRUE(run.reaches(SourceState::kWaiting));
  EXPECT_EQ(server_->value("SELECT confirmed_flush_lsn < '" + end +
                           "' FROM pg_replication_slots WHERE slot_name = '" + config.slot + "'"),
            "t");
}

TEST_F(PostgresSource, AnIdleTableDoesNotHoldTheServersLogBack) {
  server_->sql(
      "CREATE TABLE t (id int PRIMARY KEY); ALTER TABLE t REPLICA IDENTITY FULL;"
      "CREATE TABLE other (id int PRIMARY KEY)");
  const auto config = config_for(*server_, {"t"});
  CaptureRun run(config, *log_);
  ASSERT_TRUE(run.reaches(SourceState::kStreaming));
  server_->sql("INSERT INTO other SELECT generate_series(1, 10000)");
  EXPECT_TRUE(all_captured(*server_, config));
  EXPECT_EQ(story_of("bank.t"), "");
}

TEST_F(PostgresSource, StoppingTakesLessThanASecond) {
  server_->sql("CREATE TABLE t (id int PRIMARY KEY); ALTER TABLE t REPLICA IDENTITY FULL");
  const auto config = config_for(*server_, {"t"});
  // One time of a few: a machine that is busy may take longer now and then.
  std::chrono::duration<double> least = std::chrono::minutes(1);
  for (int i = 0; i < 10 && least >= std::chrono::seconds(1); ++i) {
    CaptureRun run(config, *log_);
    ASSERT_TRUE(run.reaches(SourceState::kStreaming));
    const auto before = std::chrono::steady_clock::now();
    EXPECT_TRUE(run.stop());
    least =
        std::min<std::chrono::duration<double>>(least, std::chrono::steady_clock::now() - before);
    EXPECT_EQ(run.status().state, SourceState::kStopped);
  }
  EXPECT_LT(least, std::chrono::seconds(1));
}

}  // namespace
}  // namespace daybook::sources::postgres
