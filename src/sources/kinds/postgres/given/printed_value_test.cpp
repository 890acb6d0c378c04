#include "sources/kinds/postgres/given/printed_value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sources/kinds/postgres/given/given_table.h"

namespace daybook::sources::postgres {
namespace {

using ::testing::HasSubstr;

TableColumn column_of(const std::string& type) {
  const auto given = given_table({"public", "t"}, "t", {{"k", "int primary key"}, {"c", type}},
                                 DecimalForm::kText);
  EXPECT_TRUE(given) << given.error().message;
  return given->table.columns.at(1);
}

std::string printed(const std::string& type, const char* json) {
  const auto text = printed_value(column_of(type), nlohmann::ordered_json::parse(json));
  if (!text) return "refused: " + text.error().message;
  return text->value_or("null");
}

TEST(PrintedValue, IsWhatPostgresPrints) {
  EXPECT_EQ(printed("boolean", "true"), "t");
  EXPECT_EQ(printed("bigint", "42"), "42");
  EXPECT_EQ(printed("bigint", "\"9223372036854775807\""), "9223372036854775807");
  EXPECT_EQ(printed("numeric(14,2)", "20.5"), "20.50");
  EXPECT_EQ(printed("numeric(14,2)", "\"-0.00\""), "0.00");
  EXPECT_EQ(printed("numeric(2,2)", "0.25"), "0.25");
  EXPECT_EQ(printed("NUMERIC", "\"007.250\""), "7.250");
  EXPECT_EQ(printed("double precision", "48.2"), "48.2");
  EXPECT_EQ(printed("date", "\"2028-02-29\""), "2028-02-29");
  EXPECT_EQ(printed("time", "\"12:30\""), "12:30:00");
  EXPECT_EQ(printed("timestamp", "\"2026-01-31T12:30:05.250\""), "2026-01-31 12:30:05.25");
  EXPECT_EQ(printed("timestamptz", "\"2026-01-31\""), "2026-01-31 00:00:00+00");
  EXPECT_EQ(printed("timestamptz", "\"2026-01-31 12:30:00Z\""), "2026-01-31 12:30:00+00");
  EXPECT_EQ(printed("jsonb", "{\"a\": [1]}"), "{\"a\":[1]}");
  EXPECT_EQ(printed("varchar(4)", "\"0042\""), "0042");
  EXPECT_EQ(printed("text", "null"), "null");
}

TEST(PrintedValue, WhatDoesNotFitIsRefusedWithWhatIsNeeded) {
  for (const auto& [type, json] : std::vector<std::pair<std::string, const char*>>{
           {"boolean", "1"},
           {"smallint", "40000"},
           {"bigint", "1.5"},
           {"numeric(14,2)", "1.005"},
           {"numeric(4,2)", "100"},
           {"real", "\"fast\""},
           {"date", "\"2026-02-29\""},
           {"timestamp", "\"soon\""},
           {"timestamp", "\"2026-01-31 25:00:00\""},
           {"timestamptz", "\"2026-01-31 12:00:00+02\""},
           {"uuid", "\"x\""},
           {"json", "\"{\""},
           {"bytea", "\"0a\""},
           {"text", "42"}}) {
    EXPECT_THAT(printed(type, json), HasSubstr("refused: needs ")) << type << " " << json;
  }
  EXPECT_EQ(printed("text", "42"), "refused: needs text: put it in quotes, not 42");
}

TEST(GivenTable, NeedsKnownTypesAndAPrimaryKey) {
  const auto error_of = [](const char* type) {
    return given_table({"public", "t"}, "t", {{"c", type}}, DecimalForm::kText).error().message;
  };
  EXPECT_THAT(error_of("number primary key"), HasSubstr("unknown type 'number primary key'"));
  EXPECT_THAT(error_of("numeric(2,3) primary key"), HasSubstr("unknown type"));
  EXPECT_THAT(error_of("bigint"), HasSubstr("table public.t has no primary key"));
}

}  // namespace
}  // namespace daybook::sources::postgres
