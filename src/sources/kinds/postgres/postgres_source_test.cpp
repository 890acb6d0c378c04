#include "sources/kinds/postgres/postgres_source.h"

#include <csignal>

#include <gmock/gmock.h>

#include "client/memory_log.h"
#include "client/schema.h"
#include "sources/testing/capture_run.h"

namespace daybook::sources::postgres {
namespace {

using testing::all_captured;
using testing::CaptureRun;
using testing::config_for;
using testing::events_of;
using ::testing::HasSubstr;
using testing::Json;
using testing::PrivatePostgres;
using testing::StrictConsumer;

class PostgresCapture : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = new PrivatePostgres; }
  static void TearDownTestSuite() { delete server_; }

  void SetUp() override {
    server_->sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    log_ = client::make_memory_log();
  }
  void TearDown() override {
    server_->sql(
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots "
        "WHERE NOT active");
    for (const auto& row : server_->sql("SELECT pubname FROM pg_publication")) {
      server_->sql("DROP PUBLICATION " + *row[0]);
    }
  }

  static PrivatePostgres* server_;
  std::unique_ptr<client::LogClient> log_;
};

PrivatePostgres* PostgresCapture::server_ = nullptr;

TEST_F(PostgresCapture, RowsThenChangesBecomeEvents) {
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
  std::string story;
  StrictConsumer consumer;
  for (const auto& event : events) {
    consumer.apply(event);
    story += event.value ? event.json().at("op").get<std::string>() : "~";
  }
  EXPECT_EQ(story, "rrcud~d~c");
  EXPECT_EQ(consumer.rows().at(R"({"id":1})"),
            Json::parse(R"({"id":1,"name":"one","price":"1.51"})"));
  EXPECT_EQ(consumer.rows().at(R"({"id":30})"),
            Json::parse(R"({"id":30,"name":"three","price":"3.00"})"));
  EXPECT_EQ(consumer.rows().size(), 2U);
  EXPECT_EQ(run.status().events, events.size());
  EXPECT_TRUE(run.stop());

  const auto schema = client::find_schema(*log_, "bank.item").value().value();
  EXPECT_EQ(schema.envelope, client::Envelope::kDebezium);
  EXPECT_THAT(schema.columns,
              ::testing::ElementsAre(client::Column{"id", "BIGINT", true},
                                     client::Column{"name", "VARCHAR", false},
                                     client::Column{"price", "DECIMAL(10,2)", false}));
}

}  // namespace
}  // namespace daybook::sources::postgres
