// What a group of the consumer protocol is after a restart: as it was stored.

#include <gmock/gmock.h>

#include "broker/groups/consumer/test_consumer_group.h"

namespace daybook::broker {
namespace {

using testing::IsEmpty;
using testing::Optional;
using testing::SizeIs;

class ConsumerGroupStoreTest : public ConsumerGroupTest {
 protected:
  // After a while; the topics are looked at anew.
  void save_and_restart() {
    save();
    now_ += 1h;
    restart();
    topics_ = std::make_shared<TopicShapes>(*topics_);
  }
};

TEST_F(ConsumerGroupStoreTest, MembersGoOnWithWhatTheyHave) {
  topics({{"a", 2}, {"b", 1}});
  const auto first = send(join("m1"));
  auto second = send(join("m2", {"b"}));
  second = beat(second);
  const auto before = beat(first);
  save_and_restart();
  EXPECT_EQ(group_.state_name(), "Stable");
  for (const auto& told : {before, second}) {
    const auto again = beat(told);
    EXPECT_EQ(again.error, KafkaError::kNone) << again.error_message;
    EXPECT_EQ(again.member_epoch, told.member_epoch);
    EXPECT_EQ(again.assignment, std::nullopt) << "nothing has changed";
  }
}

TEST_F(ConsumerGroupStoreTest, ATopicThatGrewMeanwhileIsSeen) {
  topics({{"a", 2}});
  const auto told = send(join("m"));
  save_and_restart();
  topics({{"a", 3}});
  EXPECT_THAT(beat(told).assignment, Optional(of_a({0, 1, 2})));
}

TEST_F(ConsumerGroupStoreTest, WhoIsNotHeardFromInASessionIsPutOut) {
  topics({{"a", 2}});
  send(join("m"));
  save_and_restart();
  pass(44'999ms);
  EXPECT_EQ(group_.member_count(), 1u);
  pass(1ms);
  EXPECT_EQ(group_.member_count(), 0u);
  save_and_restart();
  EXPECT_EQ(group_.member_count(), 0u);
}

TEST_F(ConsumerGroupStoreTest, WhatHasToBeGivenBackStillHasTo) {
  topics({{"a", 2}});
  const auto first = send(join("m1"));
  const auto second = send(join("m2"));
  const auto asked = beat(first);
  save_and_restart();
  EXPECT_EQ(group_.state_name(), "Reconciling");
  EXPECT_EQ(beat(second).assignment, std::nullopt) << "the other one has it";
  EXPECT_EQ(beat(asked, of_a({0, 1})).member_epoch, first.member_epoch);
  EXPECT_EQ(beat(asked, asked.assignment).member_epoch, second.member_epoch);
  EXPECT_THAT(beat(second).assignment, Optional(SizeIs(1)));
}

TEST_F(ConsumerGroupStoreTest, AStaticMemberThatIsAwayFindsItsPartitions) {
  topics({{"a", 2}});
  ConsumerBeat fixed = join("m1");
  fixed.instance_id = "i";
  auto told = send(fixed);
  ConsumerBeat away;
  away.member_id = "m1";
  away.instance_id = "i";
  away.member_epoch = kLeaveForAWhileEpoch;
  send(away);
  save_and_restart();
  fixed.member_id = "m2";
  EXPECT_THAT(send(fixed).assignment, Optional(of_a({0, 1})));
  save();
  EXPECT_THAT(members_, SizeIs(1)) << "under its new id alone";
}

TEST_F(ConsumerGroupStoreTest, AHeartbeatThatTellsNothingNewChangesNothing) {
  topics({{"a", 2}});
  const auto told = send(join("m"));
  save();
  const std::uint64_t before = group_.revision();
  beat(told);
  beat(told, of_a({0, 1}));
  EXPECT_EQ(group_.revision(), before);
  EXPECT_THAT(group_.take_changes().changed, IsEmpty());
}

TEST_F(ConsumerGroupStoreTest, AMemberThatCannotBeAsItWasIsLeftOut) {
  topics({{"a", 2}});
  send(join("m1"));
  save();
  saved_.consumers.push_back(saved_.consumers.front());
  saved_.consumers.back().id = "m2";
  restart();
  EXPECT_EQ(group_.member_count(), 1u) << "two cannot have the same partitions";

  catalog::ConsumerMember other = saved_.consumers.back();
  other.assigned.clear();
  saved_.consumers.back() = other;
  restart();
  EXPECT_EQ(group_.member_count(), 2u);
  saved_.consumers.back().id = "m1";
  restart();
  EXPECT_EQ(group_.member_count(), 1u) << "nor the same id";
  saved_.consumers.back() = other;
  saved_.consumers.back().assignor = "of a newer version";
  restart();
  EXPECT_EQ(group_.member_count(), 1u) << "nor an assignor that there is not";
  saved_.consumers.back() = other;
  for (catalog::ConsumerMember& member : saved_.consumers) member.instance_id = "i";
  restart();
  EXPECT_EQ(group_.member_count(), 1u) << "nor the same static id";
}

}  // namespace
}  // namespace daybook::broker
