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

TEST(Subscription, WhatLaterVersionsHaveAddedIsRead) {
  using namespace std::string_view_literals;
  const auto found =
      read_subscription(text("\0\3\0\0\0\1\0\1a\xff\xff\xff\xff"
                             "\0\0\0\1\0\1a\0\0\0\2\0\0\0\0\0\0\0\7"
                             "\0\0\0\5\0\1r"sv));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->version, 3);
  EXPECT_THAT(found->topics, ElementsAre("a"));
  EXPECT_EQ(found->owned, (NamedPartitions{{"a", {0, 7}}}));
  EXPECT_EQ(found->rack_id, "r");
  EXPECT_TRUE(read_subscription(text("\0\1\0\0\0\0"sv))) << "what is behind is not there";
  EXPECT_FALSE(read_subscription(text("\0\0\0\0\0\0\0\0\0\7user"sv)));
}

// ConsumerProtocolAssignment of version 1, as Kafka's documentation of the message lays it out.
TEST(Subscription, AnAssignmentIsReadAsItIsWritten) {
  using namespace std::string_view_literals;
  const NamedPartitions partitions{{"a", {1, 2}}};
  const Bytes written = write_assignment(1, partitions);
  EXPECT_EQ(as_text(written), "\0\1\0\0\0\1\0\1a\0\0\0\2\0\0\0\1\0\0\0\2\xff\xff\xff\xff"sv);
  EXPECT_EQ(read_assignment(written), partitions);
  EXPECT_THAT(read_assignment({}), Optional(IsEmpty()));
  EXPECT_EQ(read_assignment(text("all"sv)), std::nullopt);
}

}  // namespace
}  // namespace daybook::broker
