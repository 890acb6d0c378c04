// Members of a group of the consumer protocol that speak the classic one.

#include <gmock/gmock.h>

#include "broker/groups/consumer/test_consumer_group.h"
#include "broker/groups/group.h"

namespace daybook::broker {
namespace {

using testing::IsEmpty;
using testing::Optional;
using testing::SizeIs;

TEST_F(ConsumerGroupTest, AClassicMemberIsToldItsPartitionsUnderTheNamesOfTopics) {
  topics({{"a", 2}, {"b", 1}});
  const auto joined = send(classic_join("c", {}, {"a", "b"}));
  ASSERT_EQ(joined.error, KafkaError::kNone);
  EXPECT_EQ(joined.generation, 1);
  EXPECT_EQ(joined.protocol_type, "consumer");
  EXPECT_EQ(joined.protocol_name, "range");
  EXPECT_EQ(joined.leader_id, "");
  EXPECT_THAT(joined.members, IsEmpty());
  const auto synced = sync(joined);
  EXPECT_EQ(synced.error, KafkaError::kNone);
  EXPECT_THAT(read_assignment(synced.assignment),
              Optional(NamedPartitions{{"a", {0, 1}}, {"b", {0}}}));
  EXPECT_EQ(heartbeat(joined), KafkaError::kNone);
  EXPECT_TRUE(group_.describe().members.at(0).is_classic);
}

TEST_F(ConsumerGroupTest, AnEagerMemberGivesBackByJoining) {
  topics({{"a", 2}});
  const auto first = send(classic_join("c"));
  sync(first);
  const auto second = send(join("m"));
  EXPECT_THAT(second.assignment, Optional(PartitionSets()));
  EXPECT_EQ(heartbeat(first), KafkaError::kRebalanceInProgress);
  EXPECT_EQ(sync(first).error, KafkaError::kRebalanceInProgress);
  EXPECT_EQ(group_.check_commit({"c", {}, first.generation, false}), KafkaError::kNone)
      << "before it joins";
  const auto again = send(classic_join("c"));
  EXPECT_EQ(again.generation, 2);
  EXPECT_EQ(count_of(assigned(sync(again))), 1u);
  EXPECT_EQ(count_of(beat(second).assignment.value()), 1u);
  EXPECT_EQ(heartbeat(again), KafkaError::kNone);
  EXPECT_EQ(group_.check_commit({"c", {}, first.generation, false}),
            KafkaError::kIllegalGeneration);
  EXPECT_EQ(group_.check_fetch({"c", {}, first.generation}), KafkaError::kIllegalGeneration);
}

TEST_F(ConsumerGroupTest, ACooperativeMemberKeepsWhatItIsNotToGiveBack) {
  topics({{"a", 2}});
  const auto first = send(classic_join("c"));
  sync(first);
  const auto second = send(join("m"));
  const auto asked = send(classic_join("c", {{"a", {0, 1}}}));
  EXPECT_EQ(asked.generation, first.generation) << "until it has given back";
  const auto kept = assigned(sync(asked));
  EXPECT_EQ(count_of(kept), 1u);
  EXPECT_EQ(beat(second).assignment, std::nullopt) << "it may still have both";
  EXPECT_EQ(heartbeat(asked), KafkaError::kRebalanceInProgress);
  const auto gave = send(classic_join("c", named(kept)));
  EXPECT_EQ(gave.generation, 2);
  EXPECT_EQ(assigned(sync(gave)), kept);
  EXPECT_EQ(count_of(beat(second).assignment.value()), 1u);
  EXPECT_EQ(group_.state_name(), "Stable");
}

TEST_F(ConsumerGroupTest, AClassicMemberIsToldToJoinWhenAllIsFreeThatItWaitsFor) {
  topics({{"a", 2}});
  const auto first = send(join("m"));
  const auto joined = send(classic_join("c"));
  EXPECT_THAT(assigned(sync(joined)), IsEmpty());
  EXPECT_EQ(heartbeat(joined), KafkaError::kNone) << "another still has it";
  const auto asked = beat(first);
  beat(asked, asked.assignment);
  EXPECT_EQ(heartbeat(joined), KafkaError::kRebalanceInProgress);
  EXPECT_EQ(count_of(assigned(sync(send(classic_join("c"))))), 1u);
}

TEST_F(ConsumerGroupTest, WhoDoesNotJoinOrSyncInTimeIsPutOut) {
  topics({{"a", 2}});
  auto joined = send(classic_join("c"));
  const auto stay_alive = [&](std::chrono::seconds time, auto... expected) {
    for (; time > 0s; time -= 5s) {
      pass(5s);
      EXPECT_THAT(heartbeat(joined), testing::AnyOf(expected...));
    }
  };
  stay_alive(55s, KafkaError::kNone);
  pass(5s);
  EXPECT_EQ(heartbeat(joined), KafkaError::kUnknownMemberId) << "it did not sync";
  joined = send(classic_join("c"));
  sync(joined);
  stay_alive(100s, KafkaError::kNone);
  send(join("m"));
  EXPECT_EQ(heartbeat(joined), KafkaError::kRebalanceInProgress);
  for (int i = 0; i < 11; ++i) {
    pass(5s);
    EXPECT_EQ(heartbeat(joined), KafkaError::kRebalanceInProgress);
  }
  pass(5s);
  EXPECT_EQ(heartbeat(joined), KafkaError::kUnknownMemberId) << "it did not join";
}

TEST_F(ConsumerGroupTest, ASilentClassicMemberIsPutOutAfterItsOwnSession) {
  topics({{"a", 2}});
  const auto joined = send(classic_join("c"));
  sync(joined);
  pass(9s);
  EXPECT_EQ(heartbeat(joined), KafkaError::kNone);
  pass(10s);
  EXPECT_EQ(group_.member_count(), 0u);
}

TEST_F(ConsumerGroupTest, WhoSharesNoProtocolWithTheOtherClassicMembersIsRefused) {
  topics({{"a", 2}});
  send(join("m"));
  send(classic_join("c"));
  auto other = classic_join("d");
  other.protocols.front().name = "sticky";
  EXPECT_EQ(send(other).error, KafkaError::kInconsistentGroupProtocol);
  other.protocols.push_back({"range", {}});
  EXPECT_EQ(send(other).error, KafkaError::kNone);
  auto connect = classic_join("e");
  connect.protocol_type = "connect";
  EXPECT_EQ(send(connect).error, KafkaError::kInconsistentGroupProtocol);
  auto garbage = classic_join("e");
  garbage.protocols.front().metadata = to_bytes(as_bytes("topics"));
  EXPECT_EQ(send(garbage).error, KafkaError::kInconsistentGroupProtocol);
}

TEST_F(ConsumerGroupTest, ANewClassicMemberIsToldItsIdFirst) {
  topics({{"a", 1}});
  send(join("m"));
  auto request = classic_join("");
  request.new_member_id = "new";
  request.must_know_its_id = true;
  const auto told = send(request);
  EXPECT_EQ(told.error, KafkaError::kMemberIdRequired);
  EXPECT_EQ(told.member_id, "new");
  EXPECT_EQ(group_.member_count(), 1u);
  request.member_id = told.member_id;
  EXPECT_EQ(send(request).error, KafkaError::kNone);
}

TEST_F(ConsumerGroupTest, AStaticMemberComesBackInTheOtherProtocol) {
  topics({{"a", 2}});
  auto before = classic_join("");
  before.instance_id = "i";
  before.new_member_id = "old";
  const auto joined = send(before);
  EXPECT_EQ(joined.member_id, "old");
  auto now = join("new");
  now.instance_id = "i";
  const auto told = send(now);
  EXPECT_EQ(told.error, KafkaError::kNone) << told.error_message;
  EXPECT_THAT(told.assignment, Optional(of_a({0, 1})));
  EXPECT_EQ(group_.heartbeat({"old", "i", joined.generation}, topics_, now_),
            KafkaError::kFencedInstanceId);
  before.new_member_id = "back";
  const auto back = send(before);
  EXPECT_EQ(back.error, KafkaError::kNone);
  EXPECT_EQ(beat(told).error, KafkaError::kUnknownMemberId);
  EXPECT_EQ(assigned(sync(back)), of_a({0, 1}));
  EXPECT_EQ(group_.member_count(), 1u);
  before.member_id = "old";
  EXPECT_EQ(send(before).error, KafkaError::kFencedInstanceId);
}

TEST_F(ConsumerGroupTest, AClassicMemberGoesOnAfterARestart) {
  topics({{"a", 2}});
  send(join("m"));
  const auto first = send(classic_join("c"));
  sync(first);
  save();
  restart();
  topics_ = std::make_shared<TopicShapes>(*topics_);
  EXPECT_EQ(heartbeat(first), KafkaError::kNone);
  EXPECT_EQ(sync(first).error, KafkaError::kNone);
  pass(10s);
  EXPECT_EQ(group_.member_count(), 1u) << "its own session has ended";
}

TEST_F(ConsumerGroupTest, ClassicMembersAloneCanBecomeAClassicGroup) {
  topics({{"a", 2}});
  send(join("m"));
  auto joined = send(classic_join("c"));
  EXPECT_FALSE(group_.may_become_classic());
  group_.leave(LeavingMember{"m", std::nullopt});
  EXPECT_TRUE(group_.may_become_classic());
  joined = send(classic_join("c"));
  const catalog::Group row = group_.as_classic(2);
  EXPECT_EQ(row.epoch, joined.generation);
  EXPECT_EQ(row.leader, "");
  EXPECT_EQ(row.protocol_name, "range");
  ASSERT_THAT(row.members, SizeIs(1));
  EXPECT_THAT(read_assignment(row.members[0].assignment), Optional(NamedPartitions{{"a", {0, 1}}}));

  Group classic = Group::restored({}, row, now_);
  EXPECT_EQ(classic.heartbeat({"c", {}, joined.generation}, now_),
            KafkaError::kRebalanceInProgress);
  catalog::Group stored;
  classic.store(stored);
  EXPECT_EQ(stored, row) << "also while its first generation is prepared";
}

}  // namespace
}  // namespace daybook::broker
