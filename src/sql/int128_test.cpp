#include "sql/int128.h"

#include <gtest/gtest.h>

#include <random>

namespace daybook::sql {
namespace {

std::string decimal(std::string_view text, int width, int scale) {
  const auto value = parse_decimal(text, width, scale);
  return value ? to_text(*value, scale) : "no";
}

TEST(Int128, DecimalsKeepEveryDigit) {
  EXPECT_EQ(decimal("12.5", 18, 2), "12.50");
  EXPECT_EQ(decimal("-0.05", 18, 2), "-0.05");
  EXPECT_EQ(decimal("+7", 18, 2), "7.00");
  EXPECT_EQ(decimal("1.2300", 5, 2), "1.23");
  EXPECT_EQ(decimal("1.23e2", 5, 2), "123.00");
  EXPECT_EQ(decimal("12300E-4", 5, 2), "1.23");
  EXPECT_EQ(decimal("0.0000000000000000000000000000000000000000000", 5, 2), "0.00");
  EXPECT_EQ(decimal("99999999999999999999999999999999999999", 38, 0),
            "99999999999999999999999999999999999999");
  EXPECT_EQ(decimal("100000000000000000000", 38, 0), "100000000000000000000");
}

TEST(Int128, WhatDoesNotFitIsRefusedNotRounded) {
  EXPECT_EQ(decimal("1.234", 18, 2), "no");
  EXPECT_EQ(decimal("1234.5", 5, 2), "no");
  EXPECT_EQ(decimal("1e39", 38, 0), "no");
  EXPECT_EQ(decimal("1e-3", 18, 2), "no");
  EXPECT_EQ(decimal("1e99999999999", 18, 2), "no");
  EXPECT_EQ(decimal("199999999999999999999999999999999999999999", 38, 0), "no");
  EXPECT_EQ(decimal("1000000000000000000000000000000000000000000001", 38, 0), "no");
}

TEST(Int128, WhatIsNoNumberIsRefused) {
  for (const auto* text : {"", "-", ".", "1.2.3", "abc", "1a", "--1", "1e", "1e+", "0x10", " 1"}) {
    EXPECT_EQ(decimal(text, 18, 2), "no") << text;
  }
}

TEST(Int128, TextAndNumberAreInverse) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 10'000; ++i) {
    auto value = (static_cast<Int128>(random()) << 64 | random()) >> (random() % 127);
    const auto scale = static_cast<int>(random() % 39);
    const auto bound = power_of_ten(38);
    value %= bound;
    EXPECT_EQ(parse_decimal(to_text(value, scale), 38, scale), value);
  }
  EXPECT_EQ(to_text(kInt128Min), "-170141183460469231731687303715884105728");
  EXPECT_EQ(to_text(kInt128Max), "170141183460469231731687303715884105727");
}

TEST(Int128, ArithmeticThatLeavesTheRangeIsNoticed) {
  EXPECT_FALSE(checked_add(kInt128Max, 1));
  EXPECT_FALSE(checked_subtract(kInt128Min, 1));
  EXPECT_EQ(checked_add(kInt128Max, kInt128Min), Int128{-1});
}

TEST(Int128, ShortAndLongNumbersAreReadAndWrittenAlike) {
  EXPECT_EQ(parse_decimal("123456789012345678", 39, 0), Int128(123'456'789'012'345'678));
  EXPECT_EQ(parse_decimal("1234567890123456789", 39, 0), Int128(1'234'567'890'123'456'789));
  EXPECT_EQ(parse_decimal("-0.5", 18, 2), Int128(-50));
  EXPECT_EQ(parse_decimal("99.99", 4, 2), Int128(9999));
  EXPECT_EQ(parse_decimal("100.00", 4, 2), std::nullopt);
  EXPECT_EQ(parse_decimal("1.50", 18, 1), Int128(15));
  EXPECT_EQ(parse_decimal("1.55", 18, 1), std::nullopt);
  EXPECT_EQ(parse_decimal(".", 18, 1), std::nullopt);
  EXPECT_EQ(parse_decimal("", 18, 1), std::nullopt);
  EXPECT_EQ(parse_decimal("1.2.3", 18, 1), std::nullopt);
  EXPECT_EQ(parse_decimal("1", 38, 30), power_of_ten(30));
  for (const int digits : {1, 17, 18, 19, 20, 36, 37, 38}) {
    const auto value = power_of_ten(digits) - 7;
    for (const int scale : {0, 1, 2, 18, 19, 38}) {
      EXPECT_EQ(parse_decimal(to_text(value, scale), 39, scale), value) << digits << " " << scale;
      EXPECT_EQ(parse_decimal(to_text(-value, scale), 39, scale), -value) << digits << " " << scale;
    }
    EXPECT_EQ(to_text(value), std::string(static_cast<std::size_t>(digits - 1), '9') + "3");
  }
}

}  // namespace
}  // namespace daybook::sql
