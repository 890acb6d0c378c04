// What a group is after a restart: as it was stored.

#include <gtest/gtest.h>

#include "broker/groups/test_group.h"

namespace daybook::broker {
namespace {

class GroupStoreTest : public GroupTest {
 protected:
  // After a while.
  void restart() {
    catalog::Group stored;
    group().store(stored);
    now_ += 1h;
    group_.emplace(Group::restored(settings_, std::move(stored), now_));
  }
  JoinRequest fixed_back(const std::string& name, const JoinResult& as) {
    JoinRequest again = fixed(name);
    again.member_id = as.member_id;
    return again;
  }
};

TEST_F(GroupStoreTest, MembersGoOnInTheirGeneration) {
  const auto [a, b] = stable_pair();
  restart();
  EXPECT_EQ(group().state(), GroupState::kStable);
  EXPECT_EQ(group().generation(), a.generation);
  EXPECT_EQ(group().leader_id(), a.member_id);
  EXPECT_EQ(heartbeat(a), KafkaError::kNone);
  EXPECT_EQ(heartbeat(b), KafkaError::kNone);
  EXPECT_EQ(sync(b).get().assignment, bytes("p1"));
  EXPECT_EQ(group().check_commit({b.member_id, {}, b.generation}, now_), KafkaError::kNone);
}

TEST_F(GroupStoreTest, WhoIsNotHeardFromInASessionIsRemoved) {
  const auto [a, b] = stable_pair();
  restart();
  pass(9s);
  EXPECT_EQ(heartbeat(a), KafkaError::kNone);
  pass(1s);
  EXPECT_EQ(group().member_count(), 1u);
  EXPECT_EQ(heartbeat(a), KafkaError::kRebalanceInProgress);
}

TEST_F(GroupStoreTest, AFollowerThatJoinsAgainAsItWasChangesNothing) {
  const auto [a, b] = stable_pair();
  restart();
  EXPECT_EQ(rejoin(b, "b").get().generation, b.generation);
  EXPECT_EQ(group().state(), GroupState::kStable);
}

TEST_F(GroupStoreTest, AStaticMemberThatWasRestartedTooKeepsItsAssignment) {
  const auto one = join(fixed("one"));
  sync(one.get(), {{one.get().member_id, bytes("p0")}});
  const std::uint64_t before = group().revision();
  restart();
  const auto back = join(fixed("one"));
  EXPECT_EQ(back.get().generation, one.get().generation);
  EXPECT_NE(back.get().member_id, one.get().member_id);
  EXPECT_EQ(sync(back.get()).get().assignment, bytes("p0"));
  EXPECT_EQ(join(fixed_back("one", one.get())).get().error, KafkaError::kFencedInstanceId);
  EXPECT_NE(group().revision(), before) << "its new id has to be stored";
  restart();
  EXPECT_EQ(heartbeat(back.get()), KafkaError::kNone);
}

TEST_F(GroupStoreTest, AGenerationWithoutAssignmentWaitsForItsLeader) {
  const auto a = join("a");
  restart();
  EXPECT_EQ(group().state(), GroupState::kCompleting);
  const auto synced = sync(a.get(), {{a.get().member_id, bytes("all")}});
  EXPECT_EQ(synced.get().assignment, bytes("all"));
}

TEST_F(GroupStoreTest, ALeaderThatDoesNotComeBackIsNotWaitedForForEver) {
  const auto a = join("a");
  restart();
  pass(10s);
  EXPECT_EQ(group().state(), GroupState::kEmpty);
}

TEST_F(GroupStoreTest, AGenerationThatCannotHaveBeenIsForgotten) {
  const auto [a, b] = stable_pair();
  catalog::Group stored;
  group().store(stored);
  const auto members_of = [&](const auto& damage) {
    catalog::Group damaged = stored;
    damage(damaged.members);
    return Group::restored(settings_, std::move(damaged), now_).member_count();
  };
  using Members = std::vector<catalog::GroupMember>;
  EXPECT_EQ(members_of([](Members&) {}), 2u);
  EXPECT_EQ(members_of([](Members& members) { members[1].protocols.clear(); }), 0u);
  EXPECT_EQ(members_of([](Members& members) { members[1].id = members[0].id; }), 0u);
  EXPECT_EQ(members_of([](Members& members) {
              members[0].instance_id = "i";
              members[1].instance_id = "i";
            }),
            0u);
}

TEST_F(GroupStoreTest, WhatIsStoredFollowsTheGenerations) {
  const std::uint64_t none = group().revision();
  const auto a = join("a");
  const std::uint64_t joined = group().revision();
  EXPECT_NE(joined, none);
  sync(a.get(), {{a.get().member_id, bytes("all")}});
  const std::uint64_t stable = group().revision();
  EXPECT_NE(stable, joined);
  EXPECT_EQ(heartbeat(a.get()), KafkaError::kNone);
  join("b");  // and waits
  EXPECT_EQ(group().revision(), stable);
}

}  // namespace
}  // namespace daybook::broker
