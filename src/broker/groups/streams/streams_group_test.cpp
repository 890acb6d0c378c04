#include "broker/groups/streams/streams_group.h"

#include <gmock/gmock.h>

#include "broker/groups/streams/test_streams_group.h"

namespace daybook::broker {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::SizeIs;

const TaskSets kAll{{"0", {0, 1}}, {"1", {0, 1}}};

TEST_F(StreamsGroupTest, TheFirstMemberRunsAllTasks) {
  const auto first = send(join("a"));
  EXPECT_EQ(first.error, KafkaError::kNone);
  EXPECT_THAT(first.status, IsEmpty());
  ASSERT_TRUE(first.assignment);
  EXPECT_EQ(first.assignment->active, kAll);
  EXPECT_EQ(group_.state_name(), "Stable");
  EXPECT_FALSE(beat(first).assignment) << "nothing has changed";
}

TEST_F(StreamsGroupTest, NobodyHasTasksUntilTheInternalTopicsAreThere) {
  topics_ = shapes_of({{"in", 3}});
  const auto first = send(join("a"));
  EXPECT_THAT(first.status,
              ElementsAre(Field(&StreamsStatus::code, StreamsStatusCode::kMissingInternalTopics)));
  ASSERT_THAT(first.missing, SizeIs(2));
  EXPECT_EQ(first.missing[0].name, "log");
  EXPECT_EQ(first.missing[0].partitions, 3);
  EXPECT_EQ(first.missing[0].config.at("cleanup.policy"), "compact");
  EXPECT_EQ(first.assignment, Tasks{});
  EXPECT_EQ(group_.state_name(), "NotReady");
  topics_ = shapes_of({{"in", 3}, {"re", 3}, {"log", 3}});
  const auto next = beat(first);
  EXPECT_THAT(next.status, IsEmpty());
  EXPECT_GT(next.member_epoch, first.member_epoch);
  ASSERT_TRUE(next.assignment);
  EXPECT_EQ(count_of(next.assignment->active), 6u);
}

TEST_F(StreamsGroupTest, TasksAreTakenFromMembersWhenTheirSourceIsGone) {
  const auto first = send(join("a"));
  topics_ = shapes_of({{"re", 2}, {"log", 2}});
  const auto told = beat(first);
  EXPECT_THAT(told.status,
              ElementsAre(Field(&StreamsStatus::code, StreamsStatusCode::kMissingSourceTopics)));
  EXPECT_EQ(told.assignment, Tasks{});
  EXPECT_EQ(beat(told, Tasks{}).member_epoch, group_.epoch());
}

TEST_F(StreamsGroupTest, ATaskGoesToItsNextMemberOnlyWhenItWasGivenBack) {
  const auto first = send(join("a", "p1"));
  const auto second = send(join("b", "p2"));
  EXPECT_EQ(second.assignment, Tasks{}) << "a has everything";
  const auto asked = beat(first);
  ASSERT_TRUE(asked.assignment);
  EXPECT_EQ(count_of(asked.assignment->active), 2u);
  EXPECT_EQ(asked.member_epoch, first.member_epoch);
  EXPECT_FALSE(beat(second).assignment) << "not yet";
  EXPECT_FALSE(beat(asked, Tasks{.active = kAll, .standby = {}}).assignment) << "it still has them";
  EXPECT_EQ(beat(asked, asked.assignment).member_epoch, group_.epoch());
  const auto got = beat(second);
  ASSERT_TRUE(got.assignment);
  EXPECT_EQ(count_of(got.assignment->active), 2u);
  EXPECT_FALSE(share_any(got.assignment->active, asked.assignment->active));
  EXPECT_EQ(group_.state_name(), "Stable");
}

TEST_F(StreamsGroupTest, WhoIsSilentOrKeepsItsTasksIsPutOut) {
  const auto first = send(join("a"));
  const auto second = send(join("b"));
  beat(first);
  pass(44s);
  beat(second);
  pass(2s);
  EXPECT_EQ(group_.member_count(), 1u) << "a was silent for 46 s";
  const auto got = beat(second);
  ASSERT_TRUE(got.assignment);
  EXPECT_EQ(got.assignment->active, kAll);
  const auto third = send(join("c"));
  auto asked = beat(got);
  for (int i = 0; i < 2; ++i) {
    pass(30s);
    beat(asked, Tasks{.active = kAll, .standby = {}});
    beat(third);
  }
  EXPECT_EQ(group_.member_count(), 1u) << "b has not given back for 60 s";
  EXPECT_EQ(beat(asked).error, KafkaError::kUnknownMemberId);
}

TEST_F(StreamsGroupTest, AnEpochThatIsNotTheMembersIsFenced) {
  const auto first = send(join("a"));
  auto wrong = first;
  wrong.member_epoch += 1;
  EXPECT_EQ(beat(wrong).error, KafkaError::kFencedMemberEpoch);
  StreamsBeat unknown = join("x");
  unknown.member_epoch = 3;
  EXPECT_EQ(send(unknown).error, KafkaError::kUnknownMemberId);
  EXPECT_EQ(group_.member_count(), 1u);
}

TEST_F(StreamsGroupTest, AMemberThatDidNotHearItsNewEpochIsToldAgain) {
  topics_ = shapes_of({{"in", 2}});
  const auto first = send(join("a"));
  topics_ = shapes_of({{"in", 2}, {"re", 2}, {"log", 2}});
  ASSERT_TRUE(beat(first).assignment);
  StreamsBeat again;
  again.member_id = "a";
  again.member_epoch = first.member_epoch;
  again.rebalance_timeout = 60s;
  again.owned.emplace();
  const auto told = send(again);
  EXPECT_EQ(told.error, KafkaError::kNone);
  ASSERT_TRUE(told.assignment);
  EXPECT_EQ(told.assignment->active, kAll);
}

TEST_F(StreamsGroupTest, ACommitIsTakenFromBeforeTheNewestEpochIfNoTaskWasGivenBack) {
  const auto first = send(join("a"));
  EXPECT_EQ(commit("a", first.member_epoch), KafkaError::kNone);
  EXPECT_EQ(commit("a", first.member_epoch + 1), KafkaError::kStaleMemberEpoch);
  EXPECT_EQ(commit("", -1), KafkaError::kUnknownMemberId);
  const auto second = send(join("b"));
  const auto asked = beat(first);
  EXPECT_EQ(commit("a", first.member_epoch), KafkaError::kNone) << "it is giving back";
  const auto gave = beat(asked, asked.assignment);
  EXPECT_EQ(commit("a", first.member_epoch), KafkaError::kStaleMemberEpoch);
  EXPECT_EQ(commit("a", gave.member_epoch), KafkaError::kNone);
  leave(beat(second));
  const auto alone = beat(gave);
  EXPECT_GT(alone.member_epoch, gave.member_epoch);
  EXPECT_EQ(commit("a", gave.member_epoch), KafkaError::kNone) << "it has only got more";
  EXPECT_EQ(group_.check_commit({"a", {}, alone.member_epoch, false}),
            KafkaError::kUnsupportedVersion);
  leave(alone);
  EXPECT_EQ(commit("", -1), KafkaError::kNone) << "a tool's, in an empty group";
}

TEST_F(StreamsGroupTest, AnotherTopologyIsRefusedUnlessTheGroupIsEmpty) {
  const auto first = send(join("a"));
  StreamsBeat other = join("b");
  other.topology->subtopologies[0].source_topics = {"other"};
  EXPECT_EQ(send(other).error, KafkaError::kInvalidRequest);
  StreamsBeat newer = join("b");
  newer.topology->epoch = 1;
  EXPECT_EQ(send(newer).error, KafkaError::kInvalidRequest);
  leave(first);
  EXPECT_EQ(send(newer).error, KafkaError::kNone);
  const auto stale = send(join("c"));
  EXPECT_THAT(stale.status,
              ElementsAre(Field(&StreamsStatus::code, StreamsStatusCode::kStaleTopology)));
}

TEST_F(StreamsGroupTest, AShutdownIsToldToAllUntilTheGroupIsEmpty) {
  const auto first = send(join("a"));
  StreamsBeat ends = join("b");
  ends.shuts_down = true;
  const auto second = send(ends);
  const auto told = beat(first);
  EXPECT_THAT(told.status,
              ElementsAre(Field(&StreamsStatus::code, StreamsStatusCode::kShutdownApplication)));
  leave(first);
  leave(second);
  EXPECT_THAT(send(join("c")).status, IsEmpty());
}

TEST_F(StreamsGroupTest, AStandbyIsOnAnotherProcessAndTakesOver) {
  settings_.standby_replicas = 1;
  group_.configure(settings_);
  auto first = send(join("a", "p1"));
  auto second = send(join("b", "p2"));
  Tasks of_a;
  Tasks of_b;
  for (int i = 0; i < 3; ++i) {
    first = beat(first, of_a);
    if (first.assignment) of_a = *first.assignment;
    second = beat(second, of_b);
    if (second.assignment) of_b = *second.assignment;
  }
  ASSERT_EQ(group_.state_name(), "Stable");
  EXPECT_EQ(count_of(of_a.standby), 1u);
  EXPECT_EQ(count_of(of_b.standby), 1u);
  EXPECT_TRUE(contains_all(of_b.active, of_a.standby));
  EXPECT_TRUE(contains_all(of_a.active, of_b.standby));
  leave(second);
  for (int i = 0; i < 2; ++i) {
    first = beat(first, of_a);
    if (first.assignment) of_a = *first.assignment;
  }
  EXPECT_EQ(of_a.active, kAll);
  EXPECT_THAT(of_a.standby, IsEmpty());
}

TEST_F(StreamsGroupTest, MembersLearnWhoAnswersForWhichPartitions) {
  StreamsBeat says = join("a");
  says.endpoint = {.host = "h", .port = 40'000};
  const auto first = send(says);
  ASSERT_TRUE(first.endpoints);
  ASSERT_THAT(*first.endpoints, SizeIs(1));
  EXPECT_EQ(first.endpoints->at(0).endpoint.port, 40'000);
  EXPECT_THAT(first.endpoints->at(0).active.at("re"), ElementsAre(0, 1));
  StreamsBeat knows;
  knows.member_id = "a";
  knows.member_epoch = first.member_epoch;
  knows.client_id = "client";
  knows.client_host = "/host";
  knows.endpoint_epoch = first.endpoint_epoch;
  EXPECT_FALSE(send(knows).endpoints);
}

TEST_F(StreamsGroupTest, AfterARestartMembersGoOnWithTheirTasks) {
  auto first = send(join("a"));
  const auto second = send(join("b"));
  const auto asked = beat(first);
  const std::int32_t epoch = group_.epoch();
  restart();
  EXPECT_EQ(group_.epoch(), epoch);
  EXPECT_EQ(group_.member_count(), 2u);
  EXPECT_FALSE(beat(second).assignment) << "what a has to give back is still a's";
  EXPECT_EQ(beat(asked, asked.assignment).error, KafkaError::kNone);
  ASSERT_TRUE(beat(second).assignment);
  EXPECT_EQ(group_.epoch(), epoch) << "nothing has changed";
  restart();
  EXPECT_EQ(group_.state_name(), "Stable");
  pass(46s);
  EXPECT_EQ(group_.member_count(), 0u);
  restart();
  EXPECT_EQ(send(join("c")).error, KafkaError::kNone);
  EXPECT_GT(group_.epoch(), epoch);
}

}  // namespace
}  // namespace daybook::broker
