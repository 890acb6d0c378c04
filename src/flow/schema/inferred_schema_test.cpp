#include "flow/schema/inferred_schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/memory_log.h"

namespace daybook::flow {
namespace {

using testing::ElementsAre;
using testing::Pair;

using Columns = std::vector<std::pair<std::string, std::string>>;

Columns columns_of(const std::optional<client::Schema>& schema) {
  Columns columns;
  if (!schema) return columns;
  for (const auto& column : schema->columns) columns.emplace_back(column.name, column.type);
  return columns;
}

Columns guess(const std::vector<std::string>& values) {
  SchemaGuess guess;
  for (const auto& value : values) guess.take(value);
  return columns_of(guess.schema());
}

TEST(SchemaGuess, EachFieldHasTheNarrowestTypeThatHoldsItsValues) {
  EXPECT_THAT(
      guess({R"({"id":1,"on":true,"name":"2026-01-01","x":1.5,"tags":["a"],"at":{"n":1}})"}),
      ElementsAre(Pair("id", "BIGINT"), Pair("on", "BOOLEAN"), Pair("name", "VARCHAR"),
                  Pair("x", "DOUBLE"), Pair("tags", "JSON"), Pair("at", "JSON")));
}

TEST(SchemaGuess, WholeNumbersStayWhole) {
  EXPECT_THAT(guess({R"({"a":9223372036854775807,"b":9223372036854775808,
                        "c":-99999999999999999999,"d":1e3})"}),
              ElementsAre(Pair("a", "BIGINT"), Pair("b", "HUGEINT"), Pair("c", "HUGEINT"),
                          Pair("d", "DOUBLE")));
}

TEST(SchemaGuess, WhatComesLaterWidens) {
  EXPECT_THAT(
      guess({R"({"a":null,"b":1,"c":1,"d":null})", R"({"a":"x","b":1.5,"c":"1","e":false})"}),
      ElementsAre(Pair("a", "VARCHAR"), Pair("b", "DOUBLE"), Pair("c", "JSON"), Pair("d", "JSON"),
                  Pair("e", "BOOLEAN")));
}

TEST(SchemaGuess, WhatIsNoObjectSaysNothing) {
  EXPECT_THAT(guess({"", "7", "[{\"a\":1}]", "{\"a\":1", "{\"a\":1}{", "text"}), ElementsAre());
}

TEST(SchemaGuess, NamesThatSqlCannotTellApartAreOneColumn) {
  EXPECT_THAT(guess({R"({"Id":1,"id":"x","_key":2,"":3})"}), ElementsAre(Pair("Id", "BIGINT")));
}

TEST(SchemaGuess, ColumnsAreBounded) {
  std::string object = "{";
  for (int i = 0; i < 2'000; ++i) object += "\"c" + std::to_string(i) + "\":1,";
  EXPECT_EQ(guess({object + "\"z\":1}"}).size(), SchemaGuess::kMaxColumns);
}

class InferredSchema : public testing::Test {
 protected:
  InferredSchema() : log_(client::make_memory_log()) {
    EXPECT_TRUE(log_->create_topic({"t", 2, {}}));
  }
  void write(const std::string& value, std::int32_t partition = 0) {
    auto writer = log_->make_writer().value();
    client::OutgoingRecord record{.topic = "t",
                                  .partition = PartitionId{partition},
                                  .key = {},
                                  .value = value,
                                  .headers = {}};
    ASSERT_TRUE(writer->write(record));
    ASSERT_TRUE(writer->flush(client::milliseconds(1000)));
  }
  FoundSchema find() { return find_or_infer_schema(*log_, "t", std::nullopt).value(); }

  std::unique_ptr<client::LogClient> log_;
};

TEST_F(InferredSchema, IsPublishedForAll) {
  EXPECT_FALSE(find().schema);
  EXPECT_FALSE(find().has_events);
  write(R"({"b":1})", 1);
  write(R"({"a":1})", 0);
  EXPECT_THAT(columns_of(find().schema), ElementsAre(Pair("a", "BIGINT"), Pair("b", "BIGINT")));
  const auto published = client::find_schema(*log_, "t").value();
  ASSERT_TRUE(published);
  EXPECT_TRUE(published->is_inferred);
  EXPECT_EQ(*published, *find().schema);
}

TEST_F(InferredSchema, GrowsWithTheFirstEventsAndLosesNothing) {
  write(R"({"a":1})");
  EXPECT_THAT(columns_of(find().schema), ElementsAre(Pair("a", "BIGINT")));
  write(R"({"b":"x","a":0.5})");
  EXPECT_THAT(columns_of(find().schema), ElementsAre(Pair("a", "DOUBLE"), Pair("b", "VARCHAR")));
}

TEST_F(InferredSchema, WhatWasSaidHolds) {
  const client::Schema said{client::Envelope::kPlain, {{"a", "DECIMAL(18,2)"}}};
  ASSERT_TRUE(client::publish_schema(*log_, "t", said));
  write(R"({"a":1,"b":2})");
  EXPECT_EQ(find().schema, said);
}

TEST_F(InferredSchema, EventsThatAreNoObjectsHaveNone) {
  write("text");
  EXPECT_FALSE(find().schema);
  EXPECT_TRUE(find().has_events);
}

}  // namespace
}  // namespace daybook::flow
