#include "flow/exec/answer.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "flow/exec/json_members.h"

namespace daybook::flow {
namespace {

using testing::HasSubstr;

Answer parse(std::string_view line) {
  auto answer = parse_answer(line, {"in", 2, 7});
  EXPECT_TRUE(answer) << answer.error().message;
  return answer ? std::move(*answer) : Answer();
}

std::string fault_of(std::string_view line) {
  const auto answer = parse_answer(line, {"in", 2, 7});
  return answer ? "none" : answer.error().message;
}

TEST(JsonMembers, NumbersKeepTheirDigitsAndWhiteSpaceGoes) {
  const auto found = read_json_objects(
      "{ \"a\" : [ 1.50 , 12345678901234567890123,\n {\"b\":[],\"c\":{}} ],\"d\":\"x\\n\\u00e9\"}",
      1);
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->is_array);
  ASSERT_EQ(found->objects.front().size(), 2U);
  EXPECT_EQ(found->objects[0][0].name, "a");
  EXPECT_EQ(found->objects[0][0].json, R"([1.50,12345678901234567890123,{"b":[],"c":{}}])");
  EXPECT_EQ(found->objects[0][1].json, "\"x\\n\u00e9\"");
}

TEST(JsonMembers, OnlyObjectsAreTaken) {
  EXPECT_TRUE(read_json_objects(R"([{"a":true},{}])", 2)->is_array);
  for (const auto* text : {"", "1", "null", "\"x\"", "[1]", "[[]]", "[{}", "{}{}", "[null]", "{} x",
                           "{\"a\":\"\xff\"}", "[{},{},{}]", "[{}]]"}) {
    EXPECT_FALSE(read_json_objects(text, 2)) << text;
  }
}

TEST(JsonMembers, DepthCostsNothing) {
  const std::string deep = R"({"a":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
  const auto found = read_json_objects(deep, 1);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->objects[0][0].json.size(), 200'000U);
}

TEST(Answer, IsTheEventsThatComeOfAnEvent) {
  EXPECT_TRUE(parse("[]").events.empty());
  const auto two = parse(R"([{"id":1,"risk":0.10},{"id":2}])");
  ASSERT_EQ(two.events.size(), 2U);
  EXPECT_EQ(two.events[0].fields, R"({"id":1,"risk":0.10})");
  EXPECT_FALSE(two.events[0].is_whole);
  EXPECT_FALSE(two.events[0].record.key);
}

TEST(Answer, NamesThatBeginWithAnUnderscoreSayWhatTheEventIs) {
  const auto answer = parse(R"([{"_key":7,"_timestamp":"2026-01-02 03:04:05","_partition":2,)"
                            R"("_headers":{"a":"b","n":null},)"
                            R"("id":1,"_topic":"in"},{"_key":null,"_value":null,"_timestamp":5}])");
  ASSERT_EQ(answer.events.size(), 2U);
  const auto& first = answer.events[0];
  EXPECT_EQ(first.fields, R"({"id":1})");
  EXPECT_EQ(**first.record.key, "7");
  EXPECT_EQ(first.record.timestamp->value, 1'767'323'045'000);
  EXPECT_EQ(first.record.partition, 2);
  ASSERT_EQ(first.record.headers->size(), 2U);
  EXPECT_EQ(first.record.headers->at(1).second, std::nullopt);
  const auto& second = answer.events[1];
  EXPECT_TRUE(second.is_whole);
  EXPECT_EQ(second.record.value, std::nullopt);
  EXPECT_EQ(*second.record.key, std::nullopt);
  EXPECT_EQ(second.record.timestamp->value, 5);
}

TEST(Answer, WhereTheEventIsIsNotWhereItsAnswerGoes) {
  const auto answer = parse(R"([{"_partition":2,"id":1,"_topic":"in","_offset":7}])");
  EXPECT_EQ(answer.events.at(0).fields, R"({"id":1})");
  EXPECT_FALSE(answer.events[0].record.partition);
}

TEST(Answer, RejectsWithAReason) {
  EXPECT_EQ(parse(R"({"_reject":"no amount"})").reject_reason, "no amount");
  const std::string most(999, 'x');
  const auto answer = parse(fmt::format("{{\"_reject\":\"{}\u00e9\"}}", most));
  EXPECT_EQ(answer.reject_reason, fmt::format("{}...", most)) << "and not half a character";
}

TEST(Answer, WhatMakesNoEventRejectsTheWhole) {
  const std::pair<const char*, const char*> cases[] = {
      {R"([{"id":1},{"_what":1}])", "_what"},
      {R"([{"_timestamp":"noon"}])", "_timestamp must be"},
      {R"([{"_timestamp":0}])", "_timestamp must be"},
      {R"([{"_partition":-1}])", "_partition must be"},
      {R"([{"_partition":99999999999}])", "_partition must be"},
      {R"([{"_headers":[]}])", "_headers must be"},
      {R"([{"_headers":{"a":1}}])", "_headers: a must be text"},
      {R"([{"_value":"x","id":1}])", "_value is the whole value"}};
  for (const auto& [line, word] : cases) {
    const auto reason = parse(line).reject_reason;
    ASSERT_TRUE(reason) << line;
    EXPECT_THAT(*reason, HasSubstr(word)) << line;
  }
}

TEST(Answer, AnyOtherLineIsNone) {
  for (const auto* line : {"", "hello", R"({"id":1})", "null", "[1]", R"({"_reject":1})",
                           R"({"_reject":"x","id":1})", R"([{"id":1}] [])"}) {
    EXPECT_THAT(fault_of(line), HasSubstr("must be a JSON array")) << line;
  }
}

TEST(Answer, ToAnotherEventIsOutOfStep) {
  EXPECT_THAT(fault_of(R"([{"id":1,"_offset":8}])"), HasSubstr("another event"));
  EXPECT_THAT(fault_of(R"([{"id":1,"_topic":"other"}])"), HasSubstr("another event"));
  EXPECT_THAT(fault_of(R"([{"_partition":3,"_offset":7}])"), HasSubstr("another event"));
}

}  // namespace
}  // namespace daybook::flow
