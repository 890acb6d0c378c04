#include "broker/groups/consumer/consumer_group.h"

#include <gmock/gmock.h>

#include "broker/groups/consumer/test_consumer_group.h"
#include "broker/limits.h"

namespace daybook::broker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;
using testing::SizeIs;

TEST_F(ConsumerGroupTest, WhoIsAloneGetsEverythingAtOnce) {
  topics({{"a", 3}});
  const auto told = send(join("m"));
  EXPECT_EQ(told.error, KafkaError::kNone);
  EXPECT_EQ(told.member_epoch, 1);
  EXPECT_EQ(told.heartbeat_interval, 5s);
  EXPECT_THAT(told.assignment, Optional(of_a({0, 1, 2})));
  EXPECT_EQ(group_.state_name(), "Stable");
  EXPECT_EQ(beat(told).assignment, std::nullopt) << "nothing has changed";
}

TEST_F(ConsumerGroupTest, APartitionChangesHandsOnlyAfterItWasGivenBack) {
  topics({{"a", 2}});
  const auto first = send(join("m1"));
  const auto second = send(join("m2"));
  EXPECT_EQ(second.member_epoch, 2);
  EXPECT_THAT(second.assignment, Optional(PartitionSets()));
  EXPECT_EQ(group_.state_name(), "Reconciling");

  const auto asked = beat(first);
  EXPECT_EQ(asked.member_epoch, 1) << "until it has given back";
  ASSERT_TRUE(asked.assignment);
  EXPECT_EQ(count_of(*asked.assignment), 1u);
  EXPECT_EQ(beat(second).assignment, std::nullopt);
  EXPECT_EQ(beat(asked, of_a({0, 1})).member_epoch, 1) << "it still has both";

  const auto gave = beat(asked, asked.assignment);
  EXPECT_EQ(gave.member_epoch, 2);
  const auto got = beat(second);
  ASSERT_TRUE(got.assignment);
  EXPECT_EQ(count_of(*got.assignment), 1u);
  EXPECT_FALSE(share_any(*got.assignment, *asked.assignment));
  EXPECT_EQ(group_.state_name(), "Stable");
}

TEST_F(ConsumerGroupTest, WhatALeavingMemberHadGoesToTheOthers) {
  topics({{"a", 2}});
  const auto first = send(join("m1"));
  ConsumerBeat leave;
  leave.member_id = "m1";
  leave.member_epoch = kLeaveEpoch;
  const auto second = send(join("m2"));
  EXPECT_EQ(send(leave).member_epoch, kLeaveEpoch);
  EXPECT_EQ(group_.state_name(), "Assigning");
  EXPECT_THAT(beat(second).assignment, Optional(of_a({0, 1})));
  EXPECT_EQ(send(leave).error, KafkaError::kUnknownMemberId);
  EXPECT_EQ(beat(first).error, KafkaError::kUnknownMemberId);
}

TEST_F(ConsumerGroupTest, WhoIsSilentForASessionIsPutOut) {
  topics({{"a", 2}});
  const auto first = send(join("m1"));
  pass(44'999ms);
  EXPECT_EQ(group_.member_count(), 1u);
  beat(first);
  pass(45s);
  EXPECT_EQ(group_.member_count(), 0u);
  EXPECT_EQ(group_.state_name(), "Empty");
  EXPECT_EQ(group_.next_deadline(), TimePoint::max());
}

TEST_F(ConsumerGroupTest, WhoDoesNotGiveBackInTimeIsPutOut) {
  topics({{"a", 2}});
  auto first = send(join("m1"));
  auto second = send(join("m2"));
  first = beat(first);
  for (int i = 0; i < 2; ++i) {
    pass(29'999ms);
    EXPECT_EQ(beat(first).error, KafkaError::kNone);
    EXPECT_EQ(beat(second).assignment, std::nullopt);
  }
  pass(2ms);
  EXPECT_EQ(beat(first).error, KafkaError::kUnknownMemberId);
  EXPECT_THAT(beat(second).assignment, Optional(of_a({0, 1})));
}

TEST_F(ConsumerGroupTest, EpochsThatAreNotTheMembersAreFenced) {
  topics({{"a", 2}});
  auto member = send(join("m1"));
  const auto stale = member;
  member.member_epoch = 9;
  EXPECT_EQ(beat(member).error, KafkaError::kFencedMemberEpoch);
  send(join("m2"));
  auto shrunk = beat(stale);
  shrunk = beat(shrunk, shrunk.assignment);
  ASSERT_EQ(shrunk.member_epoch, 2);
  EXPECT_EQ(beat(stale).error, KafkaError::kFencedMemberEpoch);
  EXPECT_EQ(beat(stale, of_a({0, 1})).error, KafkaError::kFencedMemberEpoch);
}

TEST_F(ConsumerGroupTest, WhoDidNotHearTheAnswerMaySayItAgain) {
  topics({{"a", 2}});
  const auto joined = send(join("m1"));
  topics({{"a", 2}, {"b", 1}});
  auto wants_more = join("m1", {"a", "b"});
  wants_more.member_epoch = 1;
  wants_more.owned = of_a({0, 1});
  const auto unheard = send(wants_more);
  EXPECT_EQ(unheard.member_epoch, 2);
  const auto heard = send(wants_more);
  EXPECT_EQ(heard.error, KafkaError::kNone);
  EXPECT_EQ(heard.member_epoch, 2);
  EXPECT_EQ(heard.assignment, unheard.assignment);
  EXPECT_EQ(group_.epoch(), 2);
}

TEST_F(ConsumerGroupTest, WhatIsToBeGivenBackIsSaidUntilTheMemberTellsWhatItHas) {
  topics({{"a", 2}});
  const auto first = send(join("m1"));
  send(join("m2"));
  const auto unheard = beat(first);
  ASSERT_TRUE(unheard.assignment);
  const auto heard = beat(first);
  EXPECT_EQ(heard.assignment, unheard.assignment);
  EXPECT_EQ(beat(heard, of_a({0, 1})).assignment, std::nullopt) << "it has heard, and has not yet";
  EXPECT_EQ(beat(heard, heard.assignment).member_epoch, 2);
}

TEST_F(ConsumerGroupTest, AFencedMemberMayComeBackWithNothing) {
  topics({{"a", 2}});
  send(join("m1"));
  const auto again = send(join("m1"));
  EXPECT_EQ(again.error, KafkaError::kNone);
  EXPECT_EQ(again.member_epoch, 1) << "the group has not changed";
  EXPECT_THAT(again.assignment, Optional(of_a({0, 1})));
}

TEST_F(ConsumerGroupTest, TopicsThatComeAndGrowAreShared) {
  topics({});
  auto member = send(join("m"));
  EXPECT_THAT(member.assignment, Optional(PartitionSets()));
  topics({{"a", 1}, {"z", 5}});
  member = beat(member);
  EXPECT_THAT(member.assignment, Optional(of_a({0})));
  topics({{"a", 2}});
  member = beat(member);
  EXPECT_THAT(member.assignment, Optional(of_a({0, 1})));
  const auto epoch = group_.epoch();
  topics({{"a", 2}, {"z", 1}});
  beat(member);
  EXPECT_EQ(group_.epoch(), epoch) << "nobody reads z";
  topics({{"z", 1}});
  EXPECT_THAT(beat(member).assignment, Optional(PartitionSets()));
}

TEST_F(ConsumerGroupTest, APatternOfNamesIsASubscription) {
  topics({{"a", 1}, {"b", 1}, {"ab", 2}});
  auto request = join("m", {});
  request.topic_regex = "a.?";
  request.topic_names.reset();
  auto member = send(request);
  EXPECT_TRUE(group_.reads("a"));
  EXPECT_FALSE(group_.reads("b"));
  EXPECT_THAT(group_.describe().members.at(0).topic_regex, Optional(std::string("a.?")));
  ConsumerBeat change;
  change.member_id = "m";
  change.member_epoch = member.member_epoch;
  change.topic_regex = "b";
  member = send(change);
  EXPECT_EQ(member.error, KafkaError::kNone);
  change.member_epoch = member.member_epoch;
  change.topic_regex = "(";
  const auto refused = send(change);
  EXPECT_EQ(refused.error, KafkaError::kInvalidRegularExpression);
  EXPECT_THAT(refused.error_message, HasSubstr("missing )"));
  EXPECT_TRUE(group_.reads("b"));
  EXPECT_FALSE(group_.reads("a"));
}

TEST_F(ConsumerGroupTest, PatternsOfAGroupAreBounded) {
  topics({{"a", 1}});
  KafkaError error = KafkaError::kNone;
  int joined = 0;
  while (error == KafkaError::kNone && joined < 100) {
    auto request = join("m" + std::to_string(joined), {});
    request.topic_regex = "a" + std::to_string(joined);
    error = send(request).error;
    if (error == KafkaError::kNone) ++joined;
  }
  EXPECT_EQ(error, KafkaError::kInvalidRegularExpression);
  EXPECT_EQ(joined, 32);
  EXPECT_EQ(group_.member_count(), 32u) << "who is refused is not let in";
  pass(45s);
  auto request = join("m", {});
  request.topic_regex = "another";
  EXPECT_EQ(send(request).error, KafkaError::kNone) << "unused ones are forgotten";
}

TEST_F(ConsumerGroupTest, AStaticMemberThatComesBackFindsItsPartitions) {
  topics({{"a", 2}});
  auto fixed = join("m1");
  fixed.instance_id = "i";
  send(fixed);
  auto other = send(join("m2"));
  auto fixed_beat = fixed;
  fixed_beat.member_epoch = 1;
  auto told = send(fixed_beat);
  fixed_beat.owned = told.assignment;
  told = send(fixed_beat);
  const auto its_own = *fixed_beat.owned;
  other = beat(other);

  auto thief = join("m3");
  thief.instance_id = "i";
  EXPECT_EQ(send(thief).error, KafkaError::kUnreleasedInstanceId);
  ConsumerBeat leave;
  leave.member_id = "m1";
  leave.instance_id = "i";
  leave.member_epoch = kLeaveForAWhileEpoch;
  EXPECT_EQ(send(leave).member_epoch, kLeaveForAWhileEpoch);
  EXPECT_EQ(beat(other).assignment, std::nullopt) << "its partitions are kept";
  const auto back = send(thief);
  EXPECT_EQ(back.error, KafkaError::kNone);
  EXPECT_EQ(back.member_epoch, 2);
  EXPECT_THAT(back.assignment, Optional(its_own));
  EXPECT_EQ(send(fixed_beat).error, KafkaError::kFencedInstanceId);
  EXPECT_EQ(send(leave).error, KafkaError::kFencedInstanceId);
}

TEST_F(ConsumerGroupTest, AStaticMemberThatDoesNotComeBackInItsSessionIsPutOut) {
  topics({{"a", 2}});
  auto fixed = join("m1");
  fixed.instance_id = "i";
  send(fixed);
  ConsumerBeat leave;
  leave.member_id = "m1";
  leave.instance_id = "i";
  leave.member_epoch = kLeaveForAWhileEpoch;
  send(leave);
  pass(45s);
  EXPECT_EQ(group_.member_count(), 0u);
  leave.member_epoch = 3;
  EXPECT_EQ(send(leave).error, KafkaError::kUnknownMemberId);
}

TEST_F(ConsumerGroupTest, AMemberThatJoinsAgainUnderAnotherStaticIdGivesUpTheOneBefore) {
  topics({{"a", 2}});
  auto fixed = join("m1");
  for (const char* const instance : {"i", "j"}) {
    fixed.instance_id = instance;
    EXPECT_EQ(send(fixed).error, KafkaError::kNone);
  }
  EXPECT_EQ(group_.leave(LeavingMember{"m1", "j"}), KafkaError::kNone);
  auto next = join("m2");
  next.instance_id = "i";
  EXPECT_THAT(send(next).assignment, Optional(of_a({0, 1})));
}

TEST_F(ConsumerGroupTest, CommitsNeedTheMembersEpoch) {
  topics({{"a", 2}});
  EXPECT_EQ(group_.check_commit({}), KafkaError::kNone) << "tools may set offsets of no members";
  const auto member = send(join("m"));
  EXPECT_EQ(group_.check_commit({}), KafkaError::kUnknownMemberId);
  EXPECT_EQ(group_.check_commit({"m", {}, member.member_epoch}), KafkaError::kNone);
  EXPECT_EQ(group_.check_commit({"m", {}, member.member_epoch + 1}), KafkaError::kStaleMemberEpoch);
  EXPECT_EQ(group_.check_commit({"m", {}, member.member_epoch, false}),
            KafkaError::kUnsupportedVersion);
  EXPECT_EQ(group_.check_fetch({}), KafkaError::kNone);
  EXPECT_EQ(group_.check_fetch({"m", {}, 7}), KafkaError::kStaleMemberEpoch);
  EXPECT_EQ(group_.check_fetch({"x", {}, 1}), KafkaError::kUnknownMemberId);
}

TEST_F(ConsumerGroupTest, TheAssignorIsTheOneThatMostAskFor) {
  topics({{"a", 4}});
  auto first = join("m1");
  first.assignor = "range";
  auto member = send(first);
  EXPECT_EQ(group_.describe().assignor, "range");
  send(join("m2"));
  member = beat(member);
  EXPECT_THAT(member.assignment, Optional(of_a({0, 1}))) << "consecutive";
}

TEST_F(ConsumerGroupTest, AToolPutsMembersOut) {
  topics({{"a", 2}});
  send(join("m1"));
  auto fixed = join("m2");
  fixed.instance_id = "i";
  send(fixed);
  EXPECT_EQ(group_.leave(LeavingMember{"", "i"}), KafkaError::kNone);
  EXPECT_EQ(group_.leave(LeavingMember{"", "i"}), KafkaError::kUnknownMemberId);
  EXPECT_EQ(group_.leave(LeavingMember{"m1", std::nullopt}), KafkaError::kNone);
  EXPECT_EQ(group_.state_name(), "Empty");
}

TEST_F(ConsumerGroupTest, AGroupIsFullAtItsBound) {
  settings_.max_members = 1;
  ConsumerGroup group(settings_);
  EXPECT_EQ(group.heartbeat(join("m1"), topics_, now_).error, KafkaError::kNone);
  EXPECT_EQ(group.heartbeat(join("m2"), topics_, now_).error, KafkaError::kGroupMaxSizeReached);
  EXPECT_EQ(group.heartbeat(join("m1"), topics_, now_).error, KafkaError::kNone);
}

TEST_F(ConsumerGroupTest, WhatMembersSayOfThemselvesIsBounded) {
  topics({{"a", 2}});
  const std::string long_name(kMaxStoredMembersBytes / 2, 'x');
  const auto first = send(join("m1", {"a", long_name}));
  EXPECT_EQ(first.error, KafkaError::kNone);
  const auto refused = send(join("m2", {long_name}));
  EXPECT_EQ(refused.error, KafkaError::kGroupMaxSizeReached);
  EXPECT_THAT(refused.error_message, HasSubstr("16777216 bytes"));
  auto racked = join("m3");
  racked.rack_id = long_name;
  EXPECT_EQ(send(racked).error, KafkaError::kGroupMaxSizeReached);
  EXPECT_EQ(group_.member_count(), 1u);
  EXPECT_EQ(beat(first).error, KafkaError::kNone) << "who is in it goes on";

  EXPECT_EQ(send(join("m1", {"a"})).error, KafkaError::kNone) << "and may say less";
  EXPECT_EQ(send(racked).error, KafkaError::kNone);
}

TEST_F(ConsumerGroupTest, TheGroupTellsWhoIsInIt) {
  topics({{"a", 2}});
  send(join("m1"));
  send(join("m2"));
  const auto told = group_.describe();
  EXPECT_EQ(told.state, "Reconciling");
  EXPECT_EQ(told.epoch, 2);
  EXPECT_EQ(told.assignment_epoch, 2);
  ASSERT_THAT(told.members, SizeIs(2));
  EXPECT_EQ(told.members[0].client_host, "/host");
  EXPECT_THAT(told.members[0].topic_names, ElementsAre("a"));
  EXPECT_EQ(count_of(told.members[0].assignment), 2u);
  EXPECT_EQ(count_of(told.members[0].target), 1u);
  EXPECT_THAT(told.members[1].assignment, IsEmpty());
}

}  // namespace
}  // namespace daybook::broker
