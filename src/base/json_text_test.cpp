#include "base/json_text.h"

#include <gtest/gtest.h>

namespace daybook {
namespace {

std::string json_of(std::string_view text) {
  std::string out = "x:";
  append_json_text(text, out);
  return out;
}

TEST(JsonText, WhatJsonCannotHoldIsEscapedAndNothingElse) {
  EXPECT_EQ(json_of(""), "x:\"\"");
  EXPECT_EQ(json_of("a\"b\\c/d"), "x:\"a\\\"b\\\\c/d\"");
  EXPECT_EQ(json_of("\n\t\r\b\f"), "x:\"\\n\\t\\r\\b\\f\"");
  EXPECT_EQ(json_of(std::string_view("\0\x1f", 2)), "x:\"\\u0000\\u001f\"");
  EXPECT_EQ(json_of("gr\xc3\xbc\xc3\x9f"), "x:\"gr\xc3\xbc\xc3\x9f\"");
}

TEST(JsonText, NumbersHaveEveryDigit) {
  std::string out;
  append_number(std::int64_t{-9223372036854775807 - 1}, out);
  append_number(std::uint64_t{18446744073709551615U}, out);
  EXPECT_EQ(out, "-922337203685477580818446744073709551615");
}

TEST(JsonText, LevelsAreCountedOutsideOfTexts) {
  const auto nested = [](std::size_t levels) {
    return std::string(levels, '[') + std::string(levels, ']');
  };
  EXPECT_FALSE(has_too_many_levels(nested(kMaxJsonLevels)));
  EXPECT_TRUE(has_too_many_levels(nested(kMaxJsonLevels + 1)));
  EXPECT_TRUE(has_too_many_levels(std::string(kMaxJsonLevels + 1, '{'))) << "not even JSON";
  std::string flat = "[";
  for (std::size_t i = 0; i <= kMaxJsonLevels; ++i) flat += R"({"a\"[":"\\"},"]}[",)";
  EXPECT_FALSE(has_too_many_levels(flat + "1]"));
}

}  // namespace
}  // namespace daybook
