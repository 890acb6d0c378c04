#include "sources/topic_template.h"

#include <gtest/gtest.h>

namespace daybook::sources {
namespace {

constexpr TopicParts kParts{"core", "public", "card_tx"};

TEST(TopicTemplate, NamesAreReplaced) {
  EXPECT_EQ(expand_topic("bank.{table}", kParts).value(), "bank.card_tx");
  EXPECT_EQ(expand_topic("{source}.{schema}.{table}", kParts).value(), "core.public.card_tx");
  EXPECT_EQ(expand_topic("all", kParts).value(), "all");
}

TEST(TopicTemplate, WhatNoTopicMayHoldBecomesAnUnderscore) {
  EXPECT_EQ(expand_topic("x.{table}", {"s", "p", "Straße 1"}).value(), "x.Stra__e_1");
}

TEST(TopicTemplate, AnUnknownNameOrOpenBraceIsRefused) {
  for (const char* pattern : {"{tabel}", "{table", "a b", ""}) {
    const auto topic = expand_topic(pattern, kParts);
    ASSERT_FALSE(topic) << pattern;
    EXPECT_EQ(topic.error().code, ErrorCode::kInvalid);
  }
}

}  // namespace
}  // namespace daybook::sources
