#include "sources/kinds/postgres/postgres_config.h"

#include <algorithm>
#include <map>

#include <gmock/gmock.h>

namespace daybook::sources::postgres {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// Options written as texts; lists separated by commas.
class WrittenOptions final : public Options {
 public:
  explicit WrittenOptions(std::map<std::string, std::string, std::less<>> texts)
      : texts_(std::move(texts)) {}

  bool written(std::string_view name) override { return texts_.contains(name); }
  std::optional<std::string> text(std::string_view name) override {
    const auto found = texts_.find(name);
    return found == texts_.end() ? std::nullopt : std::optional(found->second);
  }
  std::optional<bool> boolean(std::string_view name) override {
    const auto value = text(name);
    return value ? std::optional(*value == "true") : std::nullopt;
  }
  std::optional<std::int64_t> integer(std::string_view, std::int64_t, std::int64_t) override {
    return std::nullopt;
  }
  std::optional<std::vector<std::string>> texts(std::string_view name) override {
    const auto value = text(name);
    if (!value) return std::nullopt;
    std::vector<std::string> list;
    for (std::size_t at = 0; at <= value->size();) {
      const auto comma = std::min(value->find(',', at), value->size());
      list.push_back(value->substr(at, comma - at));
      at = comma + 1;
    }
    return list;
  }
  std::optional<std::vector<std::pair<std::string, std::string>>> pairs(std::string_view) override {
    return std::nullopt;
  }
  Options* section(std::string_view) override { return nullptr; }
  void fault(std::string_view name, std::string message) override {
    faults.push_back(std::string(name) + ": " + message);
  }

  std::vector<std::string> faults;

 private:
  std::map<std::string, std::string, std::less<>> texts_;
};

const SourceSpec kSpec{"Core 1", "bank.{table}", 4};

TEST(PostgresConfig, WhatIsNotSaidHasADefault) {
  WrittenOptions options({{"dsn", "host=db dbname=bank"}, {"tables", "public.a,b"}});
  const auto config = read_config(kSpec, options);
  ASSERT_TRUE(config) << ::testing::PrintToString(options.faults);
  EXPECT_EQ(config->slot, "daybook_core_1");
  EXPECT_EQ(config->publication, "daybook_core_1");
  EXPECT_EQ(config->partitions, 4);
  EXPECT_FALSE(config->set_replica_identity);
  EXPECT_TRUE(config->tombstones);
  EXPECT_EQ(config->decimals, DecimalForm::kText);
  ASSERT_EQ(config->tables.size(), 2U);
  EXPECT_EQ(config->tables[1].name, (TableName{"public", "b"}));
  EXPECT_EQ(config->tables[1].topic, "bank.b");
}

TEST(PostgresConfig, EveryOptionIsRead) {
  WrittenOptions options({{"dsn", "postgresql://u:p@db/bank"},
                          {"tables", "own.x"},
                          {"slot", "s_1"},
                          {"publication", "My Pub"},
                          {"set_replica_identity", "true"},
                          {"tombstones", "false"},
                          {"decimals", "double"}});
  const auto config = read_config(kSpec, options);
  ASSERT_TRUE(config) << ::testing::PrintToString(options.faults);
  EXPECT_EQ(config->slot, "s_1");
  EXPECT_EQ(config->publication, "My Pub");
  EXPECT_TRUE(config->set_replica_identity);
  EXPECT_FALSE(config->tombstones);
  EXPECT_EQ(config->decimals, DecimalForm::kDouble);
}

TEST(PostgresConfig, AllFaultsAreReportedAtOnceAndNoSecretWithThem) {
  WrittenOptions options({{"dsn", "host=db password=two words"},
                          {"tables", "a,a,.x,a.b.c"},
                          {"slot", "Not-A-Slot"},
                          {"publication", ""}});
  EXPECT_FALSE(read_config(kSpec, options));
  ASSERT_EQ(options.faults.size(), 6U) << ::testing::PrintToString(options.faults);
  EXPECT_THAT(options.faults[0], HasSubstr("is no connection string"));
  EXPECT_THAT(options.faults[0], Not(HasSubstr("words")));
  EXPECT_THAT(options.faults[1], HasSubstr("table a is there twice"));
  EXPECT_THAT(options.faults[2], HasSubstr("'.x' names no table"));
  EXPECT_THAT(options.faults[3], HasSubstr("'a.b.c' names no table"));
  EXPECT_THAT(options.faults[4], HasSubstr("slot: 'Not-A-Slot'"));
  EXPECT_THAT(options.faults[5], HasSubstr("publication"));
}

TEST(PostgresConfig, TablesThatWouldShareATopicAreRefused) {
  WrittenOptions options({{"dsn", "dbname=bank"}, {"tables", "one.t,two.t"}});
  EXPECT_FALSE(read_config(kSpec, options));
  EXPECT_THAT(options.faults, ElementsAre(HasSubstr("would share topic 'bank.t'")));
}

TEST(PostgresKind, IsFoundByItsNameAndTellsItsTopics) {
  const SourceKind* kind = find_source_kind("postgres");
  ASSERT_NE(kind, nullptr);
  EXPECT_EQ(find_source_kind("postgre"), nullptr);
  EXPECT_EQ(std::ranges::count(source_kinds(), kind), 1);
  WrittenOptions options({{"dsn", "dbname=bank"}, {"tables", "a,b"}});
  const auto plan = kind->plan(kSpec, options);
  ASSERT_NE(plan, nullptr);
  EXPECT_THAT(plan->topics(), ElementsAre("bank.a", "bank.b"));
}

}  // namespace
}  // namespace daybook::sources::postgres
