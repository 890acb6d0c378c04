#include "sources/kinds/postgres/events/envelope.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/json_text.h"

namespace daybook::sources::postgres {
namespace {

using Json = nlohmann::json;

Table account() {
  Table table{{"public", "account"}, "bank.account", 1, {}, {}};
  const auto column = [&](const char* name, std::uint32_t type, std::int32_t modifier = -1) {
    table.columns.push_back(
        {name, type, modifier, column_type(type, modifier, DecimalForm::kText)});
  };
  column("id", 20);
  column("own\"er", 25);
  column("balance", 1700, ((14 << 16) | 2) + 4);
  table.key.push_back({0, "bigint", ""});
  return table;
}

const Origin kOrigin{Lsn{100}, Lsn{200}, 1'700'000'000'123'456, 77, 1'700'000'000'200'001};

Tuple row(std::string_view id, std::string_view owner, std::string_view balance) {
  return {{FieldKind::kText, id}, {FieldKind::kText, owner}, {FieldKind::kText, balance}};
}

TEST(Envelope, AnUpdateIsDebeziumsByteForByte) {
  const auto table = account();
  const Envelope envelope(table, "core", "bank");
  const Tuple before = row("42", "Ann", "10.00");
  Tuple after = row("42", "A\nnn\"", "9.50");
  after[1].kind = FieldKind::kNull;
  std::string value;
  envelope.write_value('u', &before, &after, kOrigin, value);
  EXPECT_EQ(value,
            R"({"before":{"id":42,"own\"er":"Ann","balance":"10.00"},)"
            R"("after":{"id":42,"own\"er":null,"balance":"9.50"},)"
            R"("source":{"version":"0.1.0","connector":"postgresql","name":"core",)"
            R"("ts_ms":1700000000123,"ts_us":1700000000123456,"ts_ns":1700000000123456000,)"
            R"("snapshot":"false","db":"bank","schema":"public","table":"account",)"
            R"("sequence":"[\"200\",\"100\"]","txId":77,"lsn":100,"xmin":null},)"
            R"("transaction":null,"op":"u",)"
            R"("ts_ms":1700000000200,"ts_us":1700000000200001,"ts_ns":1700000000200001000})");
  EXPECT_TRUE(Json::accept(value));
}

TEST(Envelope, ASnapshotsRowSaysSo) {
  const auto table = account();
  const Envelope envelope(table, "core", "bank");
  const Tuple after = row("42", "Ann", "10.00");
  Origin origin = kOrigin;
  origin.transaction = 0;
  std::string value;
  envelope.write_value('r', nullptr, &after, origin, value);
  const auto json = Json::parse(value);
  EXPECT_EQ(json.at("op"), "r");
  EXPECT_EQ(json.at("source").at("snapshot"), "true");
  EXPECT_TRUE(json.at("source").at("txId").is_null());
  EXPECT_TRUE(json.at("before").is_null());
}

TEST(Envelope, TheKeyHoldsThePrimaryKeyInItsOrder) {
  auto table = account();
  table.key = {{1, "text", ""}, {0, "bigint", ""}};
  const Envelope envelope(table, "core", "bank");
  std::string key = "left over";
  envelope.write_key(row("42", "Ann", "1"), key);
  EXPECT_EQ(key, R"({"own\"er":"Ann","id":42})");
}

TEST(JsonText, WhatMustBeEscapedIs) {
  std::string all;
  for (int c = 0; c < 128; ++c) all += static_cast<char>(c);
  all += "é€😀";
  std::string json;
  append_json_text(all, json);
  EXPECT_EQ(Json::parse(json).get<std::string>(), all);
  json.clear();
  append_json_text("", json);
  EXPECT_EQ(json, "\"\"");
}

std::string as_json(Form form, std::string_view text) {
  std::string json;
  append_value(form, text, json);
  return json;
}

TEST(ValueForm, TimesAreCountedFrom1970) {
  EXPECT_EQ(as_json(Form::kDate, "1970-01-01"), "0");
  EXPECT_EQ(as_json(Form::kDate, "1969-12-31"), "-1");
  EXPECT_EQ(as_json(Form::kDate, "2000-02-29"), "11016");
  EXPECT_EQ(as_json(Form::kDate, "2026-11-23"), "20780");
  EXPECT_EQ(as_json(Form::kDate, "0001-01-01 BC"), "-719528");
  EXPECT_EQ(as_json(Form::kDate, "infinity"), "2147483647");
  EXPECT_EQ(as_json(Form::kTimestamp, "1970-01-01 00:00:00"), "0");
  EXPECT_EQ(as_json(Form::kTimestamp, "2026-11-23 15:11:00.5"), "1795446660500000");
  EXPECT_EQ(as_json(Form::kTimestamp, "1969-12-31 23:59:59.999999"), "-1");
  EXPECT_EQ(as_json(Form::kTimestamp, "-infinity"), "-9223372036854775807");
  EXPECT_EQ(as_json(Form::kTimeOfDay, "23:59:59.000001"), "86399000001");
  EXPECT_EQ(as_json(Form::kTimeOfDay, "24:00:00"), "86400000000");
}

TEST(ValueForm, ATimestampWithTimeZoneIsIsoInUtc) {
  EXPECT_EQ(as_json(Form::kTimestampTz, "2026-11-23 15:11:00.123+00"),
            "\"2026-11-23T15:11:00.123Z\"");
  EXPECT_EQ(as_json(Form::kTimestampTz, "2026-11-23 15:11:00+00"), "\"2026-11-23T15:11:00Z\"");
  EXPECT_EQ(as_json(Form::kTimestampTz, "infinity"), "\"infinity\"");
}

TEST(ValueForm, NumbersAndBytes) {
  EXPECT_EQ(as_json(Form::kBoolean, "t"), "true");
  EXPECT_EQ(as_json(Form::kBoolean, "f"), "false");
  EXPECT_EQ(as_json(Form::kFloat, "-1.5e-07"), "-1.5e-07");
  EXPECT_EQ(as_json(Form::kFloat, "NaN"), "\"NaN\"");
  EXPECT_EQ(as_json(Form::kFloat, "-Infinity"), "\"-Infinity\"");
  EXPECT_EQ(as_json(Form::kBytes, "\\x"), "\"\"");
  EXPECT_EQ(as_json(Form::kBytes, "\\x00"), "\"AA==\"");
  EXPECT_EQ(as_json(Form::kBytes, "\\x0aff"), "\"Cv8=\"");
  EXPECT_EQ(as_json(Form::kBytes, "\\x666f6f626172"), "\"Zm9vYmFy\"");
}

TEST(ValueForm, ATextThatDoesNotLookLikeItsTypeStaysText) {
  for (const char* text : {"", "2026-11", "2026-11-23 15", "2026-11-23x", "soon"}) {
    EXPECT_EQ(as_json(Form::kDate, text), "\"" + std::string(text) + "\"");
    EXPECT_EQ(as_json(Form::kTimestamp, text), "\"" + std::string(text) + "\"");
  }
  EXPECT_EQ(as_json(Form::kBytes, "\\x0"), "\"\\\\x0\"");
}

TEST(ValueForm, DecimalsKeepTheirDeclaredPrecision) {
  const auto type = [](int precision, int scale) {
    const auto modifier = ((precision << 16) | (scale & 0x7ff)) + 4;
    return column_type(1700, modifier, DecimalForm::kText).sql_type;
  };
  EXPECT_EQ(type(14, 2), "DECIMAL(14,2)");
  EXPECT_EQ(type(38, 38), "DECIMAL(38,38)");
  EXPECT_EQ(type(39, 2), "VARCHAR");
  EXPECT_EQ(type(5, -2), "VARCHAR");
  EXPECT_EQ(column_type(1700, -1, DecimalForm::kText).sql_type, "VARCHAR");
  EXPECT_EQ(column_type(1700, -1, DecimalForm::kDouble).sql_type, "DOUBLE");
}

}  // namespace
}  // namespace daybook::sources::postgres
