// A group of the classic protocol becomes one of the consumer protocol: who has what then.

#include "broker/groups/consumer/upgrade.h"

#include <gmock/gmock.h>

#include "broker/groups/consumer/test_consumer_group.h"

namespace daybook::broker {
namespace {

using testing::HasSubstr;

class UpgradeTest : public ConsumerGroupTest {
 protected:
  UpgradeTest() {
    topics({{"a", 3}});
    stored_ = {.protocol_type = "consumer",
               .epoch = 7,
               .protocol_name = "range",
               .leader = "c1",
               .assigned = true};
  }
  catalog::GroupMember& add(const std::string& id, const NamedPartitions& has,
                            const NamedPartitions& owned = {}) {
    catalog::GroupMember& member = stored_.members.emplace_back();
    member.id = id;
    member.session_timeout = 10s;
    member.rebalance_timeout = 60s;
    member.protocols = {{"range", subscription_bytes({"a"}, owned)}};
    if (stored_.assigned) member.assignment = write_assignment(1, has);
    return member;
  }
  std::string refusal() {
    const Group classic = Group::restored(groups_, stored_, now_);
    auto made = upgraded(classic, settings_, *topics_, now_);
    if (!made) return std::move(made).error();
    group_ = std::move(*made);
    return "";
  }
  JoinResult as(const std::string& id) const {
    JoinResult joined;
    joined.member_id = id;
    joined.generation = stored_.epoch;
    return joined;
  }

  GroupSettings groups_;
  catalog::Group stored_;
};

TEST_F(UpgradeTest, MembersHaveWhatTheyWereAssigned) {
  add("c1", {{"a", {0, 1}}});
  add("c2", {{"a", {2}}});
  ASSERT_EQ(refusal(), "");
  EXPECT_EQ(group_.epoch(), 7);
  EXPECT_EQ(heartbeat(as("c1")), KafkaError::kNone);
  EXPECT_EQ(assigned(sync(as("c1"))), of_a({0, 1}));
  EXPECT_EQ(assigned(sync(as("c2"))), of_a({2}));
  const auto told = send(join("m"));
  EXPECT_EQ(told.member_epoch, 8);
  EXPECT_THAT(told.assignment, testing::Optional(PartitionSets())) << "others have everything";
  EXPECT_EQ(group_.check_commit({"c1", {}, 7}), KafkaError::kNone);
  EXPECT_EQ(heartbeat(as("c1")), KafkaError::kRebalanceInProgress);
  send(classic_join("c1"));
  EXPECT_EQ(count_of(beat(told).assignment.value()), 1u);
}

TEST_F(UpgradeTest, WhatACooperativeMemberIsToGiveBackIsNobodysUntilItHas) {
  add("c1", {{"a", {0}}}, {{"a", {0, 1}}});
  add("c2", {{"a", {2}}});
  ASSERT_EQ(refusal(), "");
  const auto told = send(join("m"));
  EXPECT_THAT(told.assignment, testing::Optional(PartitionSets()));
  EXPECT_EQ(assigned(sync(as("c1"))), of_a({0}));
  EXPECT_EQ(heartbeat(as("c1")), KafkaError::kRebalanceInProgress);
  send(classic_join("c1", {{"a", {0}}}));
  EXPECT_EQ(count_of(beat(told).assignment.value()), 1u);
}

TEST_F(UpgradeTest, BeforeTheLeaderHasAssignedMembersHaveWhatTheyOwned) {
  stored_.assigned = false;
  add("c1", {}, {{"a", {0, 1}}});
  add("c2", {}, {{"a", {2}}});
  ASSERT_EQ(refusal(), "");
  EXPECT_THAT(send(join("m")).assignment, testing::Optional(PartitionSets()));
  const auto again = send(classic_join("c1", {{"a", {0, 1}}}));
  EXPECT_EQ(count_of(assigned(sync(again))), 1u) << "it goes on with part of it";
}

TEST_F(UpgradeTest, APartitionThatALeaderAssignedTwiceIsHeldOnce) {
  add("c1", {{"a", {0, 1}}});
  add("c2", {{"a", {1, 2}}});
  ASSERT_EQ(refusal(), "");
  EXPECT_EQ(group_.member_count(), 2u);
  EXPECT_EQ(assigned(sync(as("c2"))), of_a({2}));
}

TEST_F(UpgradeTest, EverythingOfItIsStored) {
  save();
  add("c1", {{"a", {0, 1, 2}}});
  ASSERT_EQ(refusal(), "");
  save();
  restart();
  EXPECT_EQ(heartbeat(as("c1")), KafkaError::kNone);
  EXPECT_EQ(assigned(sync(as("c1"))), of_a({0, 1, 2}));
}

TEST_F(UpgradeTest, WhatIsNoGroupOfConsumersStaysWhatItIs) {
  add("c1", {}).protocols.front().metadata = to_bytes(as_bytes("topics"));
  EXPECT_THAT(refusal(), HasSubstr("malformed"));
  stored_.protocol_type = "connect";
  EXPECT_THAT(refusal(), HasSubstr("does not use the consumer embedded protocol"));
  stored_.protocol_type = "consumer";
  settings_.max_members = 0;
  EXPECT_THAT(refusal(), HasSubstr("exceeds"));
}

}  // namespace
}  // namespace daybook::broker
