#include "broker/groups/group.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "broker/groups/test_group.h"

namespace daybook::broker {
namespace {

TEST_F(GroupTest, FirstMemberLeadsTheFirstGeneration) {
  const auto joined = join("a");
  EXPECT_EQ(joined.get().error, KafkaError::kNone);
  EXPECT_EQ(joined.get().generation, 1);
  EXPECT_EQ(joined.get().leader_id, joined.get().member_id);
  EXPECT_EQ(joined.get().protocol_name, "range");
  EXPECT_EQ(joined.get().protocol_type, "consumer");
  ASSERT_EQ(joined.get().members.size(), 1u);
  EXPECT_EQ(joined.get().members[0].metadata, bytes("meta of a"));
  EXPECT_EQ(group().state(), GroupState::kCompleting);
}

TEST_F(GroupTest, LeadersAssignmentReachesEveryMember) {
  const auto [a, b] = stable_pair();
  EXPECT_EQ(sync(a).get().assignment, bytes("p0"));
  EXPECT_EQ(sync(b).get().assignment, bytes("p1"));
  EXPECT_EQ(sync(b).get().protocol_name, "range");
}

TEST_F(GroupTest, FollowerWaitsForTheLeadersAssignment) {
  settings_.initial_delay = 10ms;
  const auto a = join("a");
  const auto b = join("b");
  pass(10ms);
  const JoinResult& leader = a.get();
  EXPECT_EQ(leader.members.size(), 2u);
  EXPECT_TRUE(b.get().members.empty());
  const auto follower = sync(b.get());
  EXPECT_FALSE(follower.answered());
  sync(leader, {{b.get().member_id, bytes("p")}});
  EXPECT_EQ(follower.get().assignment, bytes("p"));
}

TEST_F(GroupTest, MembersThatStartTogetherRebalanceOnce) {
  settings_.initial_delay = 100ms;
  const auto a = join("a");
  pass(60ms);
  const auto b = join("b");
  pass(60ms);
  EXPECT_FALSE(a.answered()) << "the delay starts again with each member";
  pass(40ms);
  EXPECT_EQ(a.get().generation, 1);
  EXPECT_EQ(b.get().generation, 1);
  EXPECT_EQ(group().rebalances(), 1);
}

TEST_F(GroupTest, InitialDelayEndsWithTheRebalanceTimeout) {
  settings_.initial_delay = 100ms;
  JoinRequest first = request("a");
  first.rebalance_timeout = 150ms;
  const auto a = join(std::move(first));
  pass(90ms);
  JoinRequest second = request("b");
  second.rebalance_timeout = 150ms;
  join(std::move(second));
  pass(60ms);
  EXPECT_TRUE(a.answered());
}

TEST_F(GroupTest, NewMemberMakesTheOthersRejoin) {
  const auto a = join("a");
  sync(a.get());
  const auto b = join("b");
  EXPECT_FALSE(b.answered());
  EXPECT_EQ(heartbeat(a.get()), KafkaError::kRebalanceInProgress);
  const auto a2 = rejoin(a.get(), "a");
  EXPECT_EQ(a2.get().generation, 2);
  EXPECT_EQ(b.get().generation, 2);
  EXPECT_EQ(b.get().leader_id, a.get().member_id) << "the leader stays";
}

TEST_F(GroupTest, MemberThatDoesNotRejoinInTimeIsOut) {
  const auto a = join("a");
  sync(a.get());
  const auto b = join("b");
  for (int i = 0; i < 12; ++i) {
    EXPECT_EQ(heartbeat(a.get()), KafkaError::kRebalanceInProgress);
    EXPECT_FALSE(b.answered());
    pass(5s);
  }
  EXPECT_EQ(b.get().generation, 2);
  EXPECT_EQ(b.get().leader_id, b.get().member_id);
  EXPECT_EQ(heartbeat(a.get()), KafkaError::kUnknownMemberId);
}

TEST_F(GroupTest, SilentMemberIsOutAfterItsSessionTimeout) {
  const auto [a, b] = stable_pair();
  pass(9s);
  EXPECT_EQ(heartbeat(a), KafkaError::kNone);
  EXPECT_EQ(group().next_deadline(), now_ + 1s);
  pass(1s);
  EXPECT_EQ(group().member_count(), 1u);
  EXPECT_EQ(heartbeat(a), KafkaError::kRebalanceInProgress);
  EXPECT_EQ(heartbeat(b), KafkaError::kUnknownMemberId);
}

TEST_F(GroupTest, WaitingToJoinNeedsNoHeartbeat) {
  const auto [a, b] = stable_pair();
  const auto c = join("c");
  const auto a2 = rejoin(a, "a");
  for (int i = 0; i < 10; ++i) {
    pass(5s);
    heartbeat(b);
  }
  EXPECT_FALSE(a2.answered());
  rejoin(b, "b");
  EXPECT_EQ(a2.get().generation, 3);
  EXPECT_EQ(c.get().generation, 3);
}

TEST_F(GroupTest, MemberThatNeverSyncsIsOut) {
  settings_.initial_delay = 10ms;
  const auto a = join("a");
  const auto b = join("b");
  pass(10ms);
  sync(a.get());
  EXPECT_EQ(group().state(), GroupState::kStable);
  for (int i = 0; i < 12; ++i) {
    heartbeat(a.get());
    heartbeat(b.get());
    pass(5s);
  }
  EXPECT_EQ(heartbeat(b.get()), KafkaError::kUnknownMemberId);
  EXPECT_EQ(heartbeat(a.get()), KafkaError::kRebalanceInProgress);
}

TEST_F(GroupTest, LeaderThatNeverAssignsIsReplaced) {
  settings_.initial_delay = 10ms;
  const auto a = join("a");
  const auto b = join("b");
  pass(10ms);
  const auto waiting = sync(b.get());
  for (int i = 0; i < 12; ++i) {
    heartbeat(a.get());
    pass(5s);
  }
  EXPECT_EQ(waiting.get().error, KafkaError::kRebalanceInProgress);
  const auto b2 = rejoin(b.get(), "b");
  EXPECT_EQ(b2.get().leader_id, b.get().member_id);
}

TEST_F(GroupTest, LeavingRebalancesTheRest) {
  const auto [a, b] = stable_pair();
  EXPECT_EQ(leave(a.member_id), KafkaError::kNone);
  EXPECT_EQ(heartbeat(b), KafkaError::kRebalanceInProgress);
  const auto b2 = rejoin(b, "b");
  EXPECT_EQ(b2.get().leader_id, b.member_id);
  EXPECT_EQ(b2.get().members.size(), 1u);
  EXPECT_EQ(leave(a.member_id), KafkaError::kUnknownMemberId);
}

TEST_F(GroupTest, LastOneOutLeavesAnEmptyGroup) {
  const auto [a, b] = stable_pair();
  leave(a.member_id);
  leave(b.member_id);
  EXPECT_EQ(group().state(), GroupState::kEmpty);
  EXPECT_TRUE(group().deserted());
  EXPECT_EQ(group().next_deadline(), TimePoint::max());
  const auto c = join("c");
  EXPECT_GT(c.get().generation, b.generation);
}

TEST_F(GroupTest, LeavingWhileWaitingToJoinIsAnswered) {
  const auto [a, b] = stable_pair();
  const auto again = rejoin(a, "a");
  leave(a.member_id);
  EXPECT_EQ(again.get().error, KafkaError::kUnknownMemberId);
}

TEST_F(GroupTest, JoiningTwiceGivesTheSameGenerationWhileItCompletes) {
  const auto a = join("a");
  const auto again = rejoin(a.get(), "a");
  EXPECT_EQ(again.get().generation, a.get().generation);
  EXPECT_EQ(again.get().members.size(), 1u);
}

TEST_F(GroupTest, FollowerThatMissedItsAnswerGetsItAgain) {
  const auto [a, b] = stable_pair();
  const auto again = rejoin(b, "b");
  EXPECT_EQ(again.get().generation, b.generation);
  EXPECT_EQ(group().state(), GroupState::kStable);
}

TEST_F(GroupTest, LeaderThatJoinsAStableGroupRebalancesIt) {
  const auto [a, b] = stable_pair();
  const auto again = rejoin(a, "a");
  EXPECT_FALSE(again.answered());
  EXPECT_EQ(heartbeat(b), KafkaError::kRebalanceInProgress);
}

TEST_F(GroupTest, ChangedMetadataRebalances) {
  const auto [a, b] = stable_pair();
  JoinRequest changed = request("b");
  changed.member_id = b.member_id;
  changed.protocols[0].metadata = bytes("other topics");
  const auto again = join(std::move(changed));
  EXPECT_FALSE(again.answered());
  const auto a2 = rejoin(a, "a");
  EXPECT_EQ(a2.get().members.size(), 2u);
  EXPECT_EQ(again.get().generation, a.generation + 1);
}

TEST_F(GroupTest, SecondJoinOfAWaitingMemberReplacesTheFirst) {
  const auto [a, b] = stable_pair();
  const auto first = rejoin(a, "a");
  const auto second = rejoin(a, "a");
  EXPECT_EQ(first.get().error, KafkaError::kRebalanceInProgress);
  rejoin(b, "b");
  EXPECT_EQ(second.get().error, KafkaError::kNone);
}

TEST_F(GroupTest, NewMemberDuringCompletionStartsOver) {
  settings_.initial_delay = 10ms;
  const auto a = join("a");
  const auto b = join("b");
  pass(10ms);
  const auto waiting = sync(b.get());
  const auto c = join("c");
  EXPECT_EQ(waiting.get().error, KafkaError::kRebalanceInProgress);
  EXPECT_EQ(sync(a.get()).get().error, KafkaError::kRebalanceInProgress);
  rejoin(a.get(), "a");
  rejoin(b.get(), "b");
  EXPECT_EQ(c.get().generation, 2);
}

TEST_F(GroupTest, OldGenerationIsRefused) {
  auto [a, b] = stable_pair();
  a.generation -= 1;
  EXPECT_EQ(heartbeat(a), KafkaError::kIllegalGeneration);
  EXPECT_EQ(sync(a).get().error, KafkaError::kIllegalGeneration);
  EXPECT_EQ(group().check_commit({a.member_id, {}, a.generation}, now_),
            KafkaError::kIllegalGeneration);
}

TEST_F(GroupTest, StrangersAreRefused) {
  auto [a, b] = stable_pair();
  a.member_id = "nobody";
  EXPECT_EQ(heartbeat(a), KafkaError::kUnknownMemberId);
  EXPECT_EQ(sync(a).get().error, KafkaError::kUnknownMemberId);
  EXPECT_EQ(rejoin(a, "a").get().error, KafkaError::kUnknownMemberId);
}

TEST_F(GroupTest, CommitIsAllowedToMembersOfTheGeneration) {
  EXPECT_EQ(group().check_commit({"", {}, -1}, now_), KafkaError::kNone)
      << "who assigns its own partitions";
  const auto [a, b] = stable_pair();
  EXPECT_EQ(group().check_commit({a.member_id, {}, a.generation}, now_), KafkaError::kNone);
  EXPECT_EQ(group().check_commit({"", {}, -1}, now_), KafkaError::kUnknownMemberId);
  join("c");
  EXPECT_EQ(group().check_commit({a.member_id, {}, a.generation}, now_), KafkaError::kNone)
      << "before it gives its partitions up";
  const auto b2 = rejoin(b, "b");
  rejoin(a, "a");
  EXPECT_EQ(group().check_commit({a.member_id, {}, a.generation}, now_),
            KafkaError::kIllegalGeneration);
  EXPECT_EQ(group().check_commit({b.member_id, {}, b2.get().generation}, now_),
            KafkaError::kRebalanceInProgress);
}

TEST_F(GroupTest, CommitCountsAsHeartbeat) {
  const auto [a, b] = stable_pair();
  pass(9s);
  group().check_commit({a.member_id, {}, a.generation}, now_);
  pass(5s);
  EXPECT_EQ(group().member_count(), 1u);
  EXPECT_NE(heartbeat(a), KafkaError::kUnknownMemberId);
}

TEST_F(GroupTest, ClosingAnswersEverybodyWhoWaits) {
  const auto [a, b] = stable_pair();
  const auto c = join("c");
  const auto a2 = rejoin(a, "a");
  Outbox out;
  group().close(KafkaError::kCoordinatorNotAvailable, out);
  out.deliver();
  EXPECT_EQ(c.get().error, KafkaError::kCoordinatorNotAvailable);
  EXPECT_EQ(a2.get().error, KafkaError::kCoordinatorNotAvailable);
}

// Whatever members do, and whenever: each request is answered exactly once, at the latest when the
// longest time-outs have passed, and a group that is left alone empties itself.
TEST_F(GroupTest, RandomHistoriesAnswerEveryRequestOnce) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    group_.reset();
    settings_.initial_delay = seed % 2 == 0 ? 0ms : 50ms;
    const auto pick = [&](std::size_t n) { return std::size_t(random() % n); };
    std::vector<Pending<JoinResult>> joins;
    std::vector<Pending<SyncResult>> syncs;
    for (int step = 0; step < 120; ++step) {
      std::vector<JoinResult> known;
      for (const auto& j : joins) {
        if (j.answered() && !j.get().member_id.empty()) known.push_back(j.get());
      }
      const std::size_t action = pick(10);
      if (known.empty() || action == 0) {
        JoinRequest fresh = pick(3) == 0 ? fixed("i" + std::to_string(pick(2))) : request("m");
        fresh.must_know_its_id = pick(2) == 0;
        fresh.may_skip_assignment = pick(2) == 0;
        joins.push_back(join(std::move(fresh)));
      } else if (action < 4) {
        joins.push_back(rejoin(known[pick(known.size())], "m"));
      } else if (action < 7) {
        const JoinResult& as = known[pick(known.size())];
        syncs.push_back(sync(as, {{as.member_id, bytes("x")}}));
      } else if (action == 7) {
        heartbeat(known[pick(known.size())]);
      } else if (action == 8) {
        leave(known[pick(known.size())].member_id);
      } else {
        pass(std::chrono::milliseconds(pick(20'000)));
      }
      EXPECT_EQ(group().deserted() && group().state() != GroupState::kEmpty, false);
    }
    for (int i = 0; i < 100 && !group().deserted(); ++i) pass(10s);
    EXPECT_TRUE(group().deserted());
    for (const auto& j : joins) EXPECT_TRUE(j.answered());
    for (const auto& s : syncs) EXPECT_TRUE(s.answered());
  }
}

}  // namespace
}  // namespace daybook::broker
