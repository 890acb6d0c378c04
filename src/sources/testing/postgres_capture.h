// The fixture of tests that capture from one private PostgreSQL into a log in memory: each test
// begins with an empty schema and leaves no slot or publication behind.

#pragma once

#include <memory>

#include <gtest/gtest.h>

#include "client/memory_log.h"
#include "sources/testing/capture_run.h"

namespace daybook::sources::testing {

class PostgresCapture : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = std::make_unique<PrivatePostgres>(); }
  static void TearDownTestSuite() { server_.reset(); }

  void SetUp() override {
    server_->sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    log_ = client::make_memory_log();
  }
  void TearDown() override {
    server_->sql(
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active");
    for (const auto& row : server_->sql("SELECT quote_ident(pubname) FROM pg_publication")) {
      server_->sql("DROP PUBLICATION " + *row[0]);
    }
  }

  // The `op` of each event in order; a tombstone is "~".
  std::string story_of(const std::string& topic) const {
    std::string story;
    for (const auto& event : events_of(*log_, topic)) {
      story += event.value ? event.json().at("op").get<std::string>() : "~";
    }
    return story;
  }

  inline static std::unique_ptr<PrivatePostgres> server_;
  std::unique_ptr<client::LogClient> log_;
};

}  // namespace daybook::sources::testing
