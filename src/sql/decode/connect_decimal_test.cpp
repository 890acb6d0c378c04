#include "sql/decode/connect_decimal.h"

#include <gtest/gtest.h>

namespace daybook::sql {
namespace {

TEST(ConnectDecimal, IsATwosComplementInBase64) {
  EXPECT_EQ(parse_unscaled("AA=="), Int128{0});
  EXPECT_EQ(parse_unscaled("EtaH"), Int128{1'234'567});
  EXPECT_EQ(parse_unscaled("/w=="), Int128{-1});
  EXPECT_EQ(parse_unscaled("gAAAAAAAAAAAAAAAAAAAAA=="), kInt128Min);
  EXPECT_EQ(to_text(parse_unscaled("CUmw9vACMxPESZBQ3jjzTg==").value()),
            "12345678901234567890123456789012345678");
}

TEST(ConnectDecimal, WhatIsNoneIsRefused) {
  for (const auto* text :
       {"", "=", "A", "AA", "AA=A", "12.5", "AAA*", "AIAAAAAAAAAAAAAAAAAAAAA="}) {
    EXPECT_FALSE(parse_unscaled(text)) << text;
  }
}

TEST(ConnectDecimal, TextHasEveryDigit) {
  EXPECT_EQ(unscaled_text("AA==", 0), "0");
  EXPECT_EQ(unscaled_text("AA==", 2), "0.00");
  EXPECT_EQ(unscaled_text("/w==", 2), "-0.01");
  EXPECT_EQ(unscaled_text("EtaH", 2), "12345.67");
  EXPECT_EQ(unscaled_text("EtaH", 7), "0.1234567");
  EXPECT_EQ(unscaled_text("EtaH", -2), "123456700");
  EXPECT_EQ(unscaled_text("//////Ng02MvuYsSFcAAAAA=", 0), "-1" + std::string(30, '0'));
  EXPECT_FALSE(unscaled_text("EtaH", 2'000));
}

}  // namespace
}  // namespace daybook::sql
