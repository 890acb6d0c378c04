#include "flow/schema/connect_columns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace daybook::flow {
namespace {

using nlohmann::json;

client::Column column_of(json field) {
  field["field"] = "x";
  const json row = {{"field", "after"}, {"fields", json::array({field})}};
  const auto columns = connect_columns({{"fields", json::array({row})}});
  return columns.size() == 1 ? columns[0] : client::Column{"none", "none"};
}

client::Column logical(const char* name) {
  return column_of({{"type", "int64"}, {"name", name}});
}

TEST(ConnectColumns, TimesSayWhatTheirNumbersCount) {
  EXPECT_EQ(logical("io.debezium.time.Timestamp"),
            (client::Column{"x", "TIMESTAMP", false, "millis"}));
  EXPECT_EQ(logical("io.debezium.time.NanoTimestamp"),
            (client::Column{"x", "TIMESTAMP", false, "nanos"}));
  EXPECT_EQ(logical("org.apache.kafka.connect.data.Timestamp"),
            (client::Column{"x", "TIMESTAMP", false, "millis"}));
  EXPECT_EQ(logical("org.apache.kafka.connect.data.Time"),
            (client::Column{"x", "TIME", false, "millis"}));
  EXPECT_EQ(logical("io.debezium.time.Year"), (client::Column{"x", "BIGINT"}));
}

TEST(ConnectColumns, DecimalsHaveTheirScale) {
  const json decimal = {{"type", "bytes"}, {"name", "org.apache.kafka.connect.data.Decimal"}};
  const auto with = [&](const char* scale, const char* precision) {
    auto field = decimal;
    field["parameters"] = {{"scale", scale}, {"connect.decimal.precision", precision}};
    return column_of(field);
  };
  EXPECT_EQ(with("2", "18"), (client::Column{"x", "DECIMAL(18,2)", false, "unscaled"}));
  EXPECT_EQ(with("2", "65"), (client::Column{"x", "VARCHAR"}));
  EXPECT_EQ(column_of(decimal), (client::Column{"x", "VARCHAR"}));
}

TEST(ConnectColumns, WhatIsDescribedDifferentlyIsWider) {
  const auto type = [](const char* one, const char* other) {
    return wider({"x", one}, {"x", other}).type;
  };
  EXPECT_EQ(type("SMALLINT", "BIGINT"), "BIGINT");
  EXPECT_EQ(type("DECIMAL(10,2)", "DECIMAL(9,4)"), "DECIMAL(12,4)");
  EXPECT_EQ(type("INTEGER", "VARCHAR"), "VARCHAR");
  EXPECT_EQ(type("DECIMAL(38,0)", "DECIMAL(38,2)"), "VARCHAR");
}

TEST(ConnectColumns, OfAnythingElseThereAreNone) {
  EXPECT_TRUE(connect_columns(json()).empty());
  EXPECT_TRUE(connect_columns({{"fields", 7}}).empty());
  EXPECT_TRUE(connect_columns({{"fields", {1, "x", nullptr}}}).empty());
}

}  // namespace
}  // namespace daybook::flow
