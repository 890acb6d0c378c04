#include "sources/kinds/postgres/given/written_changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "client/memory_log.h"

namespace daybook::sources::postgres {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class GivingChanges : public ::testing::Test {
 protected:
  GivingChanges() {
    const auto table =
        given_table({"public", "card"}, "bank.card",
                    {{"id", "bigint primary key"}, {"limit", "numeric(6,2)"}}, DecimalForm::kText);
    EXPECT_TRUE(table);
    config_.source = "core";
    config_.test_tables = {*table};
    EXPECT_TRUE(log_->create_topic({.name = "bank.card", .partitions = 1, .config = {}}));
    changes_ = make_given_changes(config_, *log_);
  }

  Status give(std::string_view change) {
    return changes_->give("bank.card", change, TimestampMs{1'000});
  }

  std::string refused(std::string_view change) {
    const auto done = give(change);
    EXPECT_FALSE(done) << change;
    return done ? "" : done.error().message;
  }

  // Each record as `KEY: OP BEFORE AFTER`, or `KEY: tombstone`.
  std::vector<std::string> events() {
    std::vector<std::string> events;
    auto reader = log_->make_reader();
    EXPECT_TRUE((*reader)->assign({{{"bank.card", PartitionId{0}}, Offset{0}}}));
    const auto batch = (*reader)->fetch(1'000, 1 << 20, client::milliseconds(0));
    for (const auto& record : (*batch)->records()) {
      std::string text = std::string(*record.key) + ": ";
      if (record.value) {
        const auto value = nlohmann::ordered_json::parse(*record.value);
        text += value.at("op").get<std::string>() + " " + value.at("before").dump() + " " +
                value.at("after").dump();
        EXPECT_EQ(value.at("source").at("table"), "card");
        EXPECT_EQ(value.at("source").at("ts_ms"), 1'000);
      } else {
        text += "tombstone";
      }
      events.push_back(std::move(text));
    }
    return events;
  }

  PostgresConfig config_;
  std::unique_ptr<client::LogClient> log_ = client::make_memory_log();
  std::unique_ptr<GivenChanges> changes_;
};

TEST_F(GivingChanges, TheyBecomeTheEventsOfACapture) {
  for (const char* change :
       {R"({"id": 1, "limit": 5})", R"({"insert": {"id": 2}})",
        R"({"update": {"id": 1}, "set": {"limit": "7.25"}})",
        R"({"update": {"id": 2}, "set": {"id": 3}})", R"({"delete": {"id": 1}})"}) {
    const auto done = give(change);
    EXPECT_TRUE(done) << done.error().message;
  }
  EXPECT_THAT(events(),
              ElementsAre(R"({"id":1}: r null {"id":1,"limit":"5.00"})",
                          R"({"id":2}: c null {"id":2,"limit":null})",
                          R"({"id":1}: u {"id":1,"limit":"5.00"} {"id":1,"limit":"7.25"})",
                          R"({"id":2}: d {"id":2,"limit":null} null)", R"({"id":2}: tombstone)",
                          R"({"id":3}: c null {"id":3,"limit":null})",
                          R"({"id":1}: d {"id":1,"limit":"7.25"} null)", R"({"id":1}: tombstone)"));
}

TEST_F(GivingChanges, WhatCannotHappenInTheDatabaseIsRefused) {
  ASSERT_TRUE(give(R"({"insert": {"id": 1}})"));
  ASSERT_TRUE(give(R"({"insert": {"id": 2}})"));
  EXPECT_THAT(refused(R"({"insert": {"id": 1}})"), HasSubstr("already a row"));
  EXPECT_THAT(refused(R"({"update": {"id": 1}, "set": {"id": 2}})"), HasSubstr("already a row"));
  EXPECT_THAT(refused(R"({"update": {"id": 9}, "set": {"limit": 1}})"),
              HasSubstr("in table public.card there is no row with {\"id\":9}: give or insert it"));
  EXPECT_THAT(refused(R"({"delete": {"limit": 1}})"), HasSubstr("\"id\" is of the primary key"));
  EXPECT_THAT(refused(R"({"delete": {"id": 1, "limit": 1}})"), HasSubstr("name no other columns"));
  EXPECT_THAT(refused(R"({"insert": {"id": 3, "limti": 1}})"),
              HasSubstr("has no column \"limti\": it has id, limit"));
  EXPECT_THAT(refused(R"({"insert": {"id": 3, "limit": "much"}})"),
              HasSubstr("column \"limit\" is numeric(6,2): needs a number"));
  EXPECT_THAT(refused(R"({"update": {"id": 1}})"), HasSubstr("it is no change: write {insert"));
  EXPECT_THAT(refused("[1]"), HasSubstr("it is no change"));
  EXPECT_EQ(events().size(), 2U) << "nothing of what was refused is written";
}

}  // namespace
}  // namespace daybook::sources::postgres
