#include "base/units.h"

#include <gtest/gtest.h>

namespace daybook {
namespace {

TEST(Units, DurationsAreInMilliseconds) {
  EXPECT_EQ(parse_duration_ms("0s"), 0);
  EXPECT_EQ(parse_duration_ms("250ms"), 250);
  EXPECT_EQ(parse_duration_ms("15 m"), 900'000);
  EXPECT_EQ(parse_duration_ms("90d"), 7'776'000'000);
  EXPECT_EQ(parse_duration_ms("2w"), 1'209'600'000);
  EXPECT_EQ(parse_duration_ms("forever"), -1);
}

TEST(Units, SizesAreInBytes) {
  EXPECT_EQ(parse_size_bytes("4096"), 4096);
  EXPECT_EQ(parse_size_bytes("1GiB"), 1'073'741'824);
  EXPECT_EQ(parse_size_bytes("1 GB"), 1'000'000'000);
}

TEST(Units, WhatIsNotAQuantityIsRefusedWithAnExample) {
  for (const char* text :
       {"", "d", "-1d", "1.5h", "90", "90days", "99999999999999999999d", "9223372036854775807w"}) {
    const auto parsed = parse_duration_ms(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalid);
    EXPECT_NE(parsed.error().message.find("such as 90d"), std::string::npos);
  }
  EXPECT_FALSE(parse_size_bytes("1 gib"));
  EXPECT_FALSE(parse_size_bytes("9223372036854775807KiB"));
}

}  // namespace
}  // namespace daybook
