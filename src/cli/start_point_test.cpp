#include "cli/start_point.h"

#include <gtest/gtest.h>

namespace daybook::cli {
namespace {

constexpr TimestampMs kNow{1'800'000'000'000};

std::int64_t time_of(std::string_view text) {
  const auto point = parse_start_point(text, kNow);
  if (!point || !std::holds_alternative<TimestampMs>(*point)) return -1;
  return std::get<TimestampMs>(*point).value;
}

TEST(StartPoint, Words) {
  EXPECT_TRUE(std::holds_alternative<FromBeginning>(*parse_start_point("beginning", kNow)));
  EXPECT_TRUE(std::holds_alternative<FromEnd>(*parse_start_point("end", kNow)));
}

TEST(StartPoint, AWholeNumberIsAnOffset) {
  EXPECT_EQ(std::get<Offset>(*parse_start_point("0", kNow)), Offset{0});
  EXPECT_EQ(std::get<Offset>(*parse_start_point("1200", kNow)), Offset{1200});
}

TEST(StartPoint, TimesAreUtc) {
  EXPECT_EQ(time_of("1970-01-01"), 0);
  EXPECT_EQ(time_of("1970-01-02T00:01"), 86'460'000);
  EXPECT_EQ(time_of("2026-11-23T15:04:05Z"), 1'795'446'245'000);
  EXPECT_EQ(time_of("2024-02-29T23:59:59"), 1'709'251'199'000);
}

TEST(StartPoint, ADurationCountsBackFromNow) {
  EXPECT_EQ(time_of("-15m"), kNow.value - 900'000);
  EXPECT_EQ(time_of("-5200w"), 0) << "not before 1970";
}

TEST(StartPoint, AnythingElseIsRefusedWithTheForms) {
  for (const char* text :
       {"", "start", "-1", "-forever", "1.5", "2026-02-30", "2026-13-01", "2026-01-01T24:00",
        "2026-01-01 10:00", "2026-1-1", "-15", "99999999999999999999"}) {
    const auto point = parse_start_point(text, kNow);
    ASSERT_FALSE(point) << text;
    EXPECT_NE(point.error().message.find("beginning, end, an offset"), std::string::npos);
  }
}

}  // namespace
}  // namespace daybook::cli
