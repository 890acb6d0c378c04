// How members come in, and come back: ids, static members, protocols.

#include "broker/groups/group.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/groups/test_group.h"
#include "broker/limits.h"

namespace daybook::broker {
namespace {

using testing::Each;

using GroupJoinTest = GroupTest;

TEST_F(GroupJoinTest, NewMemberIsToldItsIdFirst) {
  JoinRequest first = request("a");
  first.must_know_its_id = true;
  const auto told = join(std::move(first));
  EXPECT_EQ(told.get().error, KafkaError::kMemberIdRequired);
  EXPECT_FALSE(told.get().member_id.empty());
  EXPECT_EQ(group().member_count(), 0u);
  EXPECT_FALSE(group().deserted());
  const auto joined = rejoin(told.get(), "a");
  EXPECT_EQ(joined.get().error, KafkaError::kNone);
  EXPECT_EQ(joined.get().member_id, told.get().member_id);
}

TEST_F(GroupJoinTest, AMembersMetadataIsBounded) {
  JoinRequest large = request("a");
  large.protocols = {{"range", Bytes(kMaxMemberMetadataBytes / 2)},
                     {"roundrobin", Bytes(kMaxMemberMetadataBytes / 2)}};
  JoinRequest larger = large;
  larger.protocols.back().metadata.emplace_back();
  EXPECT_EQ(join(std::move(larger)).get().error, KafkaError::kInvalidRequest);
  EXPECT_EQ(join(std::move(large)).get().error, KafkaError::kNone);
}

TEST_F(GroupJoinTest, IdThatIsNeverUsedIsForgotten) {
  JoinRequest first = request("a");
  first.must_know_its_id = true;
  const auto told = join(std::move(first));
  EXPECT_EQ(group().next_deadline(), now_ + 10s);
  pass(10s);
  EXPECT_TRUE(group().deserted());
  EXPECT_EQ(rejoin(told.get(), "a").get().error, KafkaError::kUnknownMemberId);
}

TEST_F(GroupJoinTest, RebalanceWaitsForIdsThatWereGivenOut) {
  const auto a = join("a");
  sync(a.get());
  JoinRequest asked = request("b");
  asked.must_know_its_id = true;
  const auto told = join(std::move(asked));
  const auto c = join("c");
  const auto a2 = rejoin(a.get(), "a");
  EXPECT_FALSE(a2.answered());
  const auto b = rejoin(told.get(), "b");
  EXPECT_EQ(b.get().generation, 2);
  EXPECT_EQ(a2.get().members.size(), 3u);
  EXPECT_EQ(c.get().generation, 2);
}

TEST_F(GroupJoinTest, PendingMemberMayLeave) {
  const auto a = join("a");
  sync(a.get());
  JoinRequest asked = request("b");
  asked.must_know_its_id = true;
  const auto told = join(std::move(asked));
  join("c");
  const auto a2 = rejoin(a.get(), "a");
  EXPECT_EQ(leave(told.get().member_id), KafkaError::kNone);
  EXPECT_EQ(a2.get().generation, 2);
}

TEST_F(GroupJoinTest, SyncWithAnotherProtocolIsRefused) {
  const auto a = join("a");
  Pending<SyncResult> pending;
  Outbox out;
  group().sync({.member = {a.get().member_id, {}, 1},
                .protocol_type = "consumer",
                .protocol_name = "roundrobin",
                .assignments = {}},
               pending.reply(), now_, out);
  out.deliver();
  EXPECT_EQ(pending.get().error, KafkaError::kInconsistentGroupProtocol);
}

TEST_F(GroupJoinTest, MostPreferredCommonProtocolIsChosen) {
  settings_.initial_delay = 10ms;
  const auto with = [&](const std::string& name, std::vector<std::string> protocols) {
    JoinRequest join = request(name);
    join.protocols.clear();
    for (const auto& protocol : protocols) join.protocols.push_back({protocol, bytes(protocol)});
    return join;
  };
  const auto a = join(with("a", {"sticky", "range"}));
  const auto b = join(with("b", {"roundrobin", "range", "sticky"}));
  const auto c = join(with("c", {"range", "sticky"}));
  pass(10ms);
  EXPECT_EQ(a.get().protocol_name, "range") << "b and c prefer it among the common ones";
  EXPECT_THAT(a.get().members, Each(testing::Field(&JoinedMember::metadata, bytes("range"))));
  EXPECT_EQ(b.get().protocol_name, "range");
  EXPECT_EQ(c.get().protocol_name, "range");
}

TEST_F(GroupJoinTest, MemberWithoutACommonProtocolIsRefused) {
  const auto [a, b] = stable_pair();
  JoinRequest other = request("c");
  other.protocols[0].name = "roundrobin";
  EXPECT_EQ(join(other).get().error, KafkaError::kInconsistentGroupProtocol);
  other = request("c");
  other.protocol_type = "connect";
  EXPECT_EQ(join(other).get().error, KafkaError::kInconsistentGroupProtocol);
  other = request("c");
  other.protocols.clear();
  EXPECT_EQ(join(other).get().error, KafkaError::kInconsistentGroupProtocol);
  EXPECT_EQ(group().state(), GroupState::kStable);
}

TEST_F(GroupJoinTest, SessionTimeoutsOutsideTheBoundsAreRefused) {
  JoinRequest join_request = request("a");
  join_request.session_timeout = 5'999ms;
  EXPECT_EQ(join(join_request).get().error, KafkaError::kInvalidSessionTimeout);
  join_request.session_timeout = 31min;
  EXPECT_EQ(join(join_request).get().error, KafkaError::kInvalidSessionTimeout);
}

TEST_F(GroupJoinTest, FullGroupRefusesNewMembers) {
  settings_.max_members = 2;
  const auto [a, b] = stable_pair();
  EXPECT_EQ(join("c").get().error, KafkaError::kGroupMaxSizeReached);
  EXPECT_EQ(rejoin(b, "b").get().error, KafkaError::kNone);
}

TEST_F(GroupJoinTest, StaticMemberComesBackWithoutARebalance) {
  settings_.initial_delay = 10ms;
  const auto a = join(fixed("one"));
  const auto b = join(fixed("two"));
  pass(10ms);
  sync(b.get());
  sync(a.get(), {{a.get().member_id, bytes("p0")}, {b.get().member_id, bytes("p1")}});
  const auto again = join([&] {
    JoinRequest restarted = fixed("two");
    restarted.protocols = {{"range", bytes("meta of two")}};
    return restarted;
  }());
  EXPECT_EQ(again.get().error, KafkaError::kNone);
  EXPECT_EQ(again.get().generation, b.get().generation);
  EXPECT_NE(again.get().member_id, b.get().member_id);
  EXPECT_EQ(sync(again.get()).get().assignment, bytes("p1"));
  EXPECT_EQ(heartbeat(a.get()), KafkaError::kNone);
  EXPECT_EQ(group().heartbeat({b.get().member_id, "two", b.get().generation}, now_),
            KafkaError::kFencedInstanceId);
}

TEST_F(GroupJoinTest, StaticLeaderComesBackWithoutAssigningAgain) {
  const auto a = join(fixed("one"));
  sync(a.get(), {{a.get().member_id, bytes("all")}});
  JoinRequest restarted = fixed("one");
  restarted.may_skip_assignment = true;
  const auto modern = join(std::move(restarted));
  EXPECT_TRUE(modern.get().skip_assignment);
  EXPECT_EQ(modern.get().leader_id, modern.get().member_id);
  EXPECT_EQ(modern.get().members.size(), 1u);
  const auto older = join(fixed("one"));
  EXPECT_FALSE(older.get().skip_assignment);
  EXPECT_NE(older.get().leader_id, older.get().member_id);
  EXPECT_EQ(sync(older.get()).get().assignment, bytes("all"));
  EXPECT_EQ(group().leader_id(), older.get().member_id);
}

TEST_F(GroupJoinTest, SecondInstanceFencesTheFirst) {
  settings_.initial_delay = 10ms;
  const auto first = join(fixed("one"));
  const auto second = join(fixed("one"));
  EXPECT_EQ(first.get().error, KafkaError::kFencedInstanceId);
  pass(10ms);
  EXPECT_EQ(second.get().error, KafkaError::kNone);
  JoinRequest old = fixed("one");
  old.member_id = "one-1";
  EXPECT_EQ(join(std::move(old)).get().error, KafkaError::kFencedInstanceId);
}

TEST_F(GroupJoinTest, StaticMemberKeepsItsPlaceWhenItDoesNotRejoin) {
  const auto a = join("a");
  sync(a.get());
  JoinRequest long_session = fixed("one");
  long_session.session_timeout = 30min;
  const auto s = join(std::move(long_session));
  const auto a2 = rejoin(a.get(), "a");
  sync(s.get());
  sync(a2.get());
  join("c");
  const auto a3 = rejoin(a2.get(), "a");
  for (int i = 0; i < 12; ++i) pass(5s);
  EXPECT_EQ(a3.get().members.size(), 3u);
}

TEST_F(GroupJoinTest, StaticMemberLeavesByItsInstanceId) {
  const auto a = join(fixed("one"));
  EXPECT_EQ(leave("", "nobody"), KafkaError::kUnknownMemberId);
  EXPECT_EQ(leave("somebody else", "one"), KafkaError::kFencedInstanceId);
  EXPECT_EQ(leave("", "one"), KafkaError::kNone);
  EXPECT_TRUE(group().deserted());
}

}  // namespace
}  // namespace daybook::broker
