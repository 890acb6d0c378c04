#include "sql/calendar.h"

#include <gtest/gtest.h>

namespace daybook::sql {
namespace {

std::string timestamp(std::string_view text) {
  const auto micros = parse_timestamp(text);
  return micros ? timestamp_text(*micros) : "no";
}

TEST(Calendar, TimestampsAreReadInEveryIsoSpelling) {
  EXPECT_EQ(timestamp("2026-11-23T14:56:07Z"), "2026-11-23 14:56:07");
  EXPECT_EQ(timestamp("2026-11-23 14:56:07.25"), "2026-11-23 14:56:07.250000");
  EXPECT_EQ(timestamp("2026-11-23T14:56:07.123456789Z"), "2026-11-23 14:56:07.123456");
  EXPECT_EQ(timestamp("2026-11-23T14:56:07+02:00"), "2026-11-23 12:56:07");
  EXPECT_EQ(timestamp("2026-11-23T00:30:00+0100"), "2026-11-22 23:30:00");
  EXPECT_EQ(timestamp("2026-11-23 14:56:07-05"), "2026-11-23 19:56:07");
  EXPECT_EQ(timestamp("2026-11-23"), "2026-11-23 00:00:00");
  EXPECT_EQ(timestamp("1969-12-31T23:59:59.999999Z"), "1969-12-31 23:59:59.999999");
  EXPECT_EQ(timestamp("0001-01-01T00:00:00Z"), "0001-01-01 00:00:00");
  EXPECT_EQ(timestamp("2024-02-29T12:00"), "2024-02-29 12:00:00");
}

TEST(Calendar, WhatIsNoTimeIsRefused) {
  for (const auto* text :
       {"", "2026", "2026-13-01", "2026-02-30", "2025-02-29", "2026-11-23T24:00:00",
        "2026-11-23T12:60:00", "2026-11-23T12:00:00.", "2026-11-23T12:00:00X", "2026-11-23T",
        "0000-01-01", "2026-11-23T12:00:00+99:00", "2026-1-1", "20261123"}) {
    EXPECT_EQ(timestamp(text), "no") << text;
  }
}

TEST(Calendar, TextSortsAsTimeDoes) {
  std::string last;
  for (std::int64_t micros = -62'135'596'800'000'000; micros < 253'402'300'799'999'999;
       micros += 98'765'432'109'876) {
    const auto text = timestamp_text(micros);
    EXPECT_EQ(parse_timestamp(text), micros);
    EXPECT_LT(last, text);
    last = text;
  }
}

TEST(Calendar, DatesAndTimesOfDay) {
  EXPECT_EQ(parse_date("1970-01-02"), 1);
  EXPECT_EQ(date_text(20'780), "2026-11-23");
  EXPECT_EQ(date_text(-1), "1969-12-31");
  EXPECT_FALSE(parse_date("1970-01-02 "));
  EXPECT_EQ(parse_time("01:00:00.5"), 3'600'500'000);
  EXPECT_EQ(time_text(3'600'500'000), "01:00:00.500000");
}

}  // namespace
}  // namespace daybook::sql
