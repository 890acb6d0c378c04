// What a PostgreSQL source refuses: each case ends the source with a message that says what was
// found and what to do, and nothing is written.

#include <gmock/gmock.h>

#include "sources/kinds/postgres/postgres_source.h"
#include "sources/testing/postgres_capture.h"

namespace daybook::sources::postgres {
namespace {

using testing::all_captured;
using ::testing::AllOf;
using testing::CaptureRun;
using testing::config_for;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::PrivatePostgres;

class PostgresRefusals : public testing::PostgresCapture {
 protected:
  void SetUp() override {
    PostgresCapture::SetUp();
    server_->sql("CREATE TABLE t (id int PRIMARY KEY); ALTER TABLE t REPLICA IDENTITY FULL");
  }

  // The error that the source ends with.
  Error refusal(const PostgresConfig& config) {
    CaptureRun run(config, *log_);
    if (!run.reaches(SourceState::kFailed)) return {ErrorCode::kCancelled, "it did not fail"};
    const auto ended = run.stop();
    EXPECT_FALSE(ended);
    EXPECT_EQ(run.status().last_error, ended.error().message);
    return ended.error();
  }
};

TEST_F(PostgresRefusals, AWrongPasswordIsSaidWithoutRepeatingIt) {
  auto config = config_for(*server_, {"t"});
  config.dsn = server_->dsn("bank", "s3cret");
  const auto error = refusal(config);
  EXPECT_EQ(error.code, ErrorCode::kInvalid);
  EXPECT_THAT(error.message,
              AllOf(HasSubstr("password authentication failed for user \"bank\""),
                    HasSubstr("cannot connect to database postgres"), Not(HasSubstr("s3cret"))));
}

TEST_F(PostgresRefusals, AnUnknownDatabaseIsNamed) {
  auto config = config_for(*server_, {"t"});
  config.dsn += " dbname=nowhere";
  EXPECT_THAT(refusal(config).message, HasSubstr("database \"nowhere\" does not exist"));
}

TEST_F(PostgresRefusals, AServerThatDoesNotAnswerIsWaitedFor) {
  auto config = config_for(*server_, {"t"});
  config.dsn = "host=127.0.0.1 port=1 dbname=bank user=bank";
  CaptureRun run(config, *log_);
  ASSERT_TRUE(run.reaches(SourceState::kWaiting));
  EXPECT_THAT(run.status().last_error, HasSubstr("database bank at 127.0.0.1:1"));
}

TEST_F(PostgresRefusals, AMissingTableIsNamed) {
  const auto error = refusal(config_for(*server_, {"t", "u"}));
  EXPECT_EQ(error.code, ErrorCode::kNotFound);
  EXPECT_THAT(error.message, HasSubstr("table public.u does not exist in database postgres"));
}

TEST_F(PostgresRefusals, ATableWithoutAPrimaryKeyIsNamed) {
  server_->sql("CREATE TABLE bare (id int); ALTER TABLE bare REPLICA IDENTITY FULL");
  EXPECT_THAT(refusal(config_for(*server_, {"bare"})).message,
              HasSubstr("table public.bare has no primary key"));
}

TEST_F(PostgresRefusals, AViewIsNoTable) {
  server_->sql("CREATE VIEW seen AS SELECT * FROM t");
  EXPECT_THAT(refusal(config_for(*server_, {"seen"})).message, HasSubstr("not an ordinary table"));
}

TEST_F(PostgresRefusals, ReplicaIdentityIsAskedForOrSet) {
  server_->sql("CREATE TABLE plain (id int PRIMARY KEY)");
  auto config = config_for(*server_, {"plain"});
  EXPECT_THAT(refusal(config).message,
              HasSubstr("run ALTER TABLE \"public\".\"plain\" REPLICA IDENTITY FULL"));
  EXPECT_EQ(server_->value("SELECT relreplident FROM pg_class WHERE relname = 'plain'"), "d");
  config.set_replica_identity = true;
  CaptureRun run(config, *log_);
  ASSERT_TRUE(run.reaches(SourceState::kStreaming));
  EXPECT_EQ(server_->value("SELECT relreplident FROM pg_class WHERE relname = 'plain'"), "f");
}

TEST_F(PostgresRefusals, AReplicaIdentityThatIsTakenAwayEndsTheCapture) {
  const auto config = config_for(*server_, {"t"});
  CaptureRun run(config, *log_);
  ASSERT_TRUE(run.reaches(SourceState::kStreaming));
  server_->sql("INSERT INTO t VALUES (1); ALTER TABLE t REPLICA IDENTITY DEFAULT");
  server_->sql("UPDATE t SET id = 2");
  ASSERT_TRUE(run.reaches(SourceState::kFailed));
  EXPECT_THAT(run.status().last_error, HasSubstr("came without the row before"));
}

TEST_F(PostgresRefusals, ARoleWithoutReplicationIsToldWhatToAskFor) {
  server_->sql("CREATE ROLE reader LOGIN PASSWORD 'r'; GRANT USAGE ON SCHEMA public TO reader");
  auto config = config_for(*server_, {"t"});
  config.dsn = server_->dsn("reader", "r");
  EXPECT_THAT(refusal(config).message, HasSubstr("GRANT SELECT ON \"public\".\"t\""));
  server_->sql("GRANT SELECT ON t TO reader");
  EXPECT_THAT(refusal(config).message, HasSubstr("CREATE PUBLICATION"));
  server_->sql("CREATE PUBLICATION " + config.publication + " FOR TABLE t");
  EXPECT_THAT(refusal(config).message, HasSubstr("REPLICATION"));
  server_->sql("ALTER ROLE reader REPLICATION");
  {
    CaptureRun run(config, *log_);
    EXPECT_TRUE(run.reaches(SourceState::kStreaming)) << "this is all that it needs";
  }
  server_->sql("DROP OWNED BY reader; DROP ROLE reader");
}

TEST_F(PostgresRefusals, APublicationThatLeavesChangesOutIsRefused) {
  const auto config = config_for(*server_, {"t"});
  server_->sql("CREATE PUBLICATION " + config.publication +
               " FOR TABLE t WITH (publish = 'insert')");
  EXPECT_THAT(refusal(config).message, HasSubstr("SET (publish = 'insert, update, delete"));
}

TEST_F(PostgresRefusals, ASlotThatIsGoneIsALossThatIsNotHidden) {
  const auto config = config_for(*server_, {"t"});
  {
    CaptureRun run(config, *log_);
    ASSERT_TRUE(run.reaches(SourceState::kStreaming));
  }
  ASSERT_TRUE(testing::eventually(
      [&] { return server_->value("SELECT bool_or(active) FROM pg_replication_slots") == "f"; }));
  server_->sql("SELECT pg_drop_replication_slot('" + config.slot + "')");
  EXPECT_THAT(refusal(config).message, HasSubstr("slot " + config.slot + " is gone"));
}

TEST_F(PostgresRefusals, ATopicWithOtherEventsIsNotWrittenTo) {
  const auto config = config_for(*server_, {"t"});
  ASSERT_TRUE(log_->create_topic({"bank.t", 1, {}}));
  const auto writer = log_->make_writer().value();
  client::OutgoingRecord record;
  record.topic = "bank.t";
  record.value = "somebody else's";
  ASSERT_TRUE(writer->write(record));
  EXPECT_THAT(refusal(config).message, HasSubstr("was not written by a PostgreSQL source"));
  EXPECT_EQ(log_->offsets({"bank.t", PartitionId{0}}).value().end, Offset{1});
}

TEST_F(PostgresRefusals, ATopicThatIsDeletedIsNotBegunInTheMiddle) {
  server_->sql("INSERT INTO t VALUES (1)");
  const auto config = config_for(*server_, {"t"});
  {
    CaptureRun run(config, *log_);
    ASSERT_TRUE(run.reaches(SourceState::kStreaming));
  }
  ASSERT_TRUE(log_->delete_topic("bank.t"));
  EXPECT_THAT(refusal(config).message, HasSubstr("topic 'bank.t'"));
  EXPECT_EQ(log_->describe_topic("bank.t").error().code, ErrorCode::kNotFound);
}

TEST_F(PostgresRefusals, ATableThatIsRenamedEndsTheCapture) {
  const auto config = config_for(*server_, {"t"});
  {
    CaptureRun run(config, *log_);
    ASSERT_TRUE(run.reaches(SourceState::kStreaming));
    server_->sql("ALTER TABLE t RENAME TO moved");
    server_->sql("INSERT INTO moved VALUES (2)");
    ASSERT_TRUE(run.reaches(SourceState::kFailed));
    EXPECT_THAT(run.status().last_error, HasSubstr("table public.t was renamed to public.moved"));
  }
  server_->sql("ALTER TABLE moved RENAME TO t");
  EXPECT_THAT(refusal(config).message, HasSubstr("was renamed")) << "a change is missing";
}

TEST_F(PostgresRefusals, RowsThatAPolicyHidesAreNotLeftOutSilently) {
  server_->sql(
      "INSERT INTO t VALUES (1), (2); ALTER TABLE t ENABLE ROW LEVEL SECURITY;"
      "CREATE POLICY one ON t USING (id = 1);"
      "CREATE ROLE narrow LOGIN REPLICATION PASSWORD 'n'; GRANT USAGE ON SCHEMA public TO narrow;"
      "GRANT SELECT ON t TO narrow");
  auto config = config_for(*server_, {"t"});
  server_->sql("CREATE PUBLICATION " + config.publication + " FOR TABLE t");
  config.dsn = server_->dsn("narrow", "n");
  EXPECT_THAT(refusal(config).message, HasSubstr("row-level security policy for table \"t\""));
  EXPECT_EQ(story_of("bank.t"), "");
  server_->sql("DROP OWNED BY narrow; DROP ROLE narrow");
}

TEST_F(PostgresRefusals, TwoSourcesCannotShareATopic) {
  server_->sql("INSERT INTO t VALUES (1)");
  {
    CaptureRun run(config_for(*server_, {"t"}), *log_);
    ASSERT_TRUE(run.reaches(SourceState::kStreaming));
  }
  EXPECT_THAT(refusal(config_for(*server_, {"t"})).message,
              HasSubstr("topic 'bank.t' already holds events"));
}

TEST(PostgresSettings, AWalLevelThatIsNotLogicalIsExplained) {
  const PrivatePostgres server({"wal_level=replica"});
  server.sql("CREATE TABLE t (id int PRIMARY KEY); ALTER TABLE t REPLICA IDENTITY FULL");
  const auto log = client::make_memory_log();
  CaptureRun run(config_for(server, {"t"}), *log);
  ASSERT_TRUE(run.reaches(SourceState::kFailed));
  EXPECT_THAT(run.status().last_error,
              AllOf(HasSubstr("wal_level is 'replica'"),
                    HasSubstr("ALTER SYSTEM SET wal_level = logical and restart")));
}

}  // namespace
}  // namespace daybook::sources::postgres
