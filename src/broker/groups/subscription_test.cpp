#include "broker/groups/subscription.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace daybook::broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

BytesView text(std::string_view bytes) {
  return as_bytes(bytes);
}

TEST(Subscription, TheTopicsAreReadWhateverFollows) {
  using namespace std::string_view_literals;
  EXPECT_THAT(subscribed_topics(text("\0\1\0\0\0\2\0\1a\0\2bc\xff\xff\xff\xff"sv)),
              Optional(ElementsAre("a", "bc")));
  EXPECT_THAT(subscribed_topics(text("\0\0\0\0\0\0"sv)), Optional(IsEmpty()));
}

TEST(Subscription, WhatIsNoSubscriptionIsNothing) {
  using namespace std::string_view_literals;
  for (const auto bytes :
       {""sv, "topics"sv, "\0\1\0\0\0\1\0\5abc"sv, "\0\1\x7f\xff\xff\xff\0\1a"sv,
        "\0\1\0\0\0\1\xff\xff"sv, "\xff\xff\0\0\0\0"sv, "\0\1\xff\xff\xff\xff"sv}) {
    EXPECT_EQ(subscribed_topics(text(bytes)), std::nullopt);
  }
}

}  // namespace
}  // namespace daybook::broker
