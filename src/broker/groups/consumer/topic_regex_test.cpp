#include "broker/groups/consumer/topic_regex.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace daybook::broker {
namespace {

using testing::HasSubstr;

TEST(TopicRegex, TheWholeNameMustMatch) {
  const auto regex = TopicRegex::compile("orders|web\\..*");
  ASSERT_TRUE(regex);
  EXPECT_TRUE(regex->matches("orders"));
  EXPECT_TRUE(regex->matches("web.click"));
  EXPECT_FALSE(regex->matches("orders2"));
  EXPECT_FALSE(regex->matches("old.orders"));
}

TEST(TopicRegex, WhatIsNoPatternIsRefusedWithTheReason) {
  const auto regex = TopicRegex::compile("(ab");
  ASSERT_FALSE(regex);
  EXPECT_THAT(regex.error().message, HasSubstr("missing )"));
  EXPECT_FALSE(TopicRegex::compile("(?=ab)")) << "no backtracking, no looking ahead";
}

TEST(TopicRegex, APatternThatIsTooLargeIsRefused) {
  EXPECT_FALSE(TopicRegex::compile(std::string(2'000, 'a')));
  EXPECT_FALSE(TopicRegex::compile("((((a{100}){100}){100}){100}){100}"));
}

// With backtracking this would take longer than anybody lives.
TEST(TopicRegex, MatchingTakesTimeInProportionToTheName) {
  const auto regex = TopicRegex::compile("(a*)*(a*)*(a*)*b");
  ASSERT_TRUE(regex);
  EXPECT_FALSE(regex->matches(std::string(249, 'a')));
}

}  // namespace
}  // namespace daybook::broker
