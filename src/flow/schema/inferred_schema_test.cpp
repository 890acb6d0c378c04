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
                  Pair("x", "DECIMAL(38,2)"), Pair("tags", "JSON"), Pair("at", "JSON")));
}

TEST(SchemaGuess, WholeNumbersStayWhole) {
  EXPECT_THAT(guess({R"({"a":9223372036854775807,"b":9223372036854775808,
                        "c":-99999999999999999999,"d":1e3})"}),
              ElementsAre(Pair("a", "BIGINT"), Pair("b", "HUGEINT"), Pair("c", "HUGEINT"),
                          Pair("d", "DOUBLE")));
  EXPECT_THAT(guess({R"({"a":999999999999999999999999999999999999999})"}),
              ElementsAre(Pair("a", "JSON")));
}

TEST(SchemaGuess, AmountsAreDecimalsAndMeasurementsDoubles) {
  EXPECT_THAT(guess({R"({"money":12.50,"rate":1e-7,"at":47.376887,"x":13.404953999999998})",
                     R"({"money":7,"rate":0.5,"at":-8,"x":1})"}),
              ElementsAre(Pair("money", "DECIMAL(38,2)"), Pair("rate", "DECIMAL(38,7)"),
                          Pair("at", "DECIMAL(38,6)"), Pair("x", "DOUBLE")));
}

TEST(SchemaGuess, DigitsThatADoubleWouldLoseAreKept) {
  EXPECT_THAT(
      guess({R"({"a":1.234567890123456789,"b":1e300,"c":0.30000000000000004})",
             R"({"a":2,"b":9007199254740993,"c":9007199254740993})"}),
      ElementsAre(Pair("a", "DECIMAL(38,18)"), Pair("b", "JSON"), Pair("c", "DECIMAL(38,17)")));
}

TEST(SchemaGuess, ColumnsOfNumbersAreWidenedAndOthersStay) {
  const client::Schema before{
      client::Envelope::kPlain,
      {{"a", "BIGINT"}, {"b", "DECIMAL(38,2)"}, {"c", "BIGINT"}, {"d", "BIGINT"}, {"e", "BOOLEAN"}},
      true};
  SchemaGuess guess(before);
  EXPECT_EQ(guess.schema(), before);
  guess.widen(R"({"a":0.125,"b":1.2345,"c":"x","d":9223372036854775808})");
  guess.widen(R"({"a":1e300,"e":1,"new":1})");
  EXPECT_THAT(columns_of(guess.schema()),
              ElementsAre(Pair("a", "DECIMAL(38,3)"), Pair("b", "DECIMAL(38,4)"),
                          Pair("c", "BIGINT"), Pair("d", "HUGEINT"), Pair("e", "BOOLEAN")));
}

TEST(SchemaGuess, WhatComesLaterWidens) {
  EXPECT_THAT(
      guess({R"({"a":null,"b":1,"c":1,"d":null})", R"({"a":"x","b":1.5,"c":"1","e":false})"}),
      ElementsAre(Pair("a", "VARCHAR"), Pair("b", "DECIMAL(38,2)"), Pair("c", "JSON"),
                  Pair("d", "JSON"), Pair("e", "BOOLEAN")));
}

TEST(SchemaGuess, WhatIsNoObjectSaysNothing) {
  EXPECT_THAT(guess({"", "7", "[{\"a\":1}]", "{\"a\":1", "{\"a\":1}{", "text"}), ElementsAre());
}

TEST(SchemaGuess, WhatGoesTooDeepSaysNothing) {
  const auto deep = std::string(300'000, '[') + std::string(300'000, ']');
  SchemaGuess guess;
  guess.take(R"({"schema":)" + deep + R"(,"payload":{"op":"c","before":null,"after":{"id":1}}})");
  EXPECT_FALSE(guess.schema());
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
  InferredSchema() : log_(client::make_memory_log()), schema_(*log_, "t", std::nullopt) {
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
  FoundSchema find() { return schema_.find().value(); }
  std::optional<client::Schema> find_for(const client::Schema& used, std::string_view value) {
    return schema_.find_for(used, std::span(&value, 1)).value();
  }

  std::unique_ptr<client::LogClient> log_;
  TopicSchema schema_;
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
  const std::vector<testing::Matcher<std::pair<std::string, std::string>>> grown{
      Pair("a", "DECIMAL(38,2)"), Pair("b", "VARCHAR")};
  EXPECT_THAT(columns_of(find().schema), testing::ElementsAreArray(grown));
  TopicSchema another(*log_, "t", std::nullopt);
  EXPECT_THAT(columns_of(another.find().value().schema), testing::ElementsAreArray(grown));
}

TEST_F(InferredSchema, TheFirstEventsAreReadOnce) {
  for (int i = 0; i < 700; ++i) {
    write(R"({"a":1})", 0);
    write(R"({"a":2})", 1);
  }
  const auto schema = find().schema.value();
  EXPECT_EQ(schema_.events_read(), 1'000U);
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(find_for(schema, R"({"a":"poison"})"));
  EXPECT_EQ(schema_.events_read(), 1'000U);
}

TEST_F(InferredSchema, OfAYoungTopicOnlyWhatIsNewIsRead) {
  write(R"({"a":1})");
  const auto schema = find().schema.value();
  write(R"({"b":1})");
  const auto newer = find_for(schema, R"({"b":1})");
  EXPECT_THAT(columns_of(newer), ElementsAre(Pair("a", "BIGINT"), Pair("b", "BIGINT")));
  EXPECT_EQ(schema_.events_read(), 2U);
}

TEST_F(InferredSchema, NumbersThatDoNotFitWidenItForAll) {
  for (int i = 0; i < 1'000; ++i) write(R"({"a":1})", i % 2);
  const auto schema = find().schema.value();
  const auto wider = find_for(schema, R"({"a":0.25})");
  EXPECT_THAT(columns_of(wider), ElementsAre(Pair("a", "DECIMAL(38,2)")));
  EXPECT_EQ(client::find_schema(*log_, "t").value(), wider);
  EXPECT_EQ(find_for(schema, R"({"a":0.25})"), wider);
  EXPECT_FALSE(find_for(*wider, R"({"a":"poison"})"));
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
