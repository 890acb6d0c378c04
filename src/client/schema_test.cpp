#include "client/schema.h"

#include <gtest/gtest.h>

namespace daybook::client {
namespace {

TEST(Schema, JsonIsReadBackAsItWasWritten) {
  const Schema schema{Envelope::kPlain, {{"a \"quoted\" näme", "VARCHAR", true}, {"n", "BIGINT"}}};
  const auto read = schema_from_json(to_json(schema));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, schema);
}

TEST(Schema, JsonTellsWhatWasInferred) {
  const Schema schema{Envelope::kPlain, {{"n", "BIGINT"}}, true};
  const auto read = schema_from_json(to_json(schema));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, schema);
}

TEST(Schema, WhatIsNoSchemaIsCorrupt) {
  for (const char* json :
       {"", "{", "[]", "7", "{}", R"({"envelope":"plain"})", R"({"envelope":"avro","columns":[]})",
        R"({"envelope":"plain","columns":{}})", R"({"envelope":"plain","columns":[1]})",
        R"({"envelope":"plain","columns":[{"name":"a"}]})",
        R"({"envelope":"plain","columns":[{"name":1,"type":"BIGINT"}]})"}) {
    const auto read = schema_from_json(json);
    ASSERT_FALSE(read) << json;
    EXPECT_EQ(read.error().code, ErrorCode::kCorrupt) << json;
  }
}

}  // namespace
}  // namespace daybook::client
