// The coordinator on a catalog, with time turned by hand: what is durable when, and what expires.

#include "broker/groups/coordinator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>

#include "broker/groups/test_group.h"
#include "broker/metrics.h"
#include "broker/settings/group_configs.h"
#include "broker/test_client.h"
#include "io/clock.h"
#include "io/test_folder.h"

namespace daybook::broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// A consumer's metadata: it reads the topic "t".
Bytes reads_t() {
  using namespace std::string_view_literals;
  return to_bytes(as_bytes("\0\0\0\0\0\1\0\1t\xff\xff\xff\xff"sv));
}

class CoordinatorTest : public testing::Test {
 protected:
  CoordinatorTest() {
    settings_.initial_delay = 0ms;
    settings_.offsets_retention = 1h;
    settings_.migration = MigrationPolicy::kDisabled;
    open();
    for (const char* name : {"t", "other"}) {
      const catalog::Topic topic{.name = name, .id = random_uuid()};
      EXPECT_TRUE(decisions_->decide_and_wait(
          [&](catalog::Catalog& catalog) { return catalog.create_topic(topic); }));
    }
  }
  ~CoordinatorTest() override { close(); }

  TopicShapesPtr topics_ = std::make_shared<TopicShapes>();

  void open(std::int64_t max_catalog_bytes = catalog::kMaxCatalogBytes) {
    auto catalog = catalog::Catalog::open(folder_.path() + "/catalog.db", max_catalog_bytes);
    ASSERT_TRUE(catalog) << catalog.error().message;
    auto groups = (*catalog)->groups().value();
    auto configs = (*catalog)->group_configs().value();
    auto offsets = (*catalog)->committed_offsets().value();
    timers_ = std::make_unique<Timers>(clock_);
    decisions_ = std::make_unique<Decisions>(std::move(*catalog), metrics_);
    offsets_ = std::make_unique<CommittedOffsets>(
        std::move(offsets), std::vector<catalog::PendingOffset>{}, *decisions_);
    configs_ = std::make_unique<GroupConfigs>(std::move(configs), *decisions_);
    groups_ = std::make_unique<GroupCoordinator>(settings_, *configs_, std::move(groups), clock_,
                                                 *timers_, *decisions_, *offsets_, metrics_);
  }
  void close() {
    groups_->stop();
    timers_->stop();
    decisions_->stop();
  }
  void settle() {
    EXPECT_TRUE(decisions_->decide_and_wait([](catalog::Catalog&) -> Status { return {}; }));
  }

  JoinResult join(const std::string& id = "") {
    JoinRequest request;
    request.member_id = id;
    request.new_member_id = "m-" + std::to_string(++ids_);
    request.protocol_type = "consumer";
    request.protocols = {{"range", reads_t()}};
    request.session_timeout = 1800s;
    request.rebalance_timeout = 60s;
    std::promise<JoinResult> joined;
    groups_->join("g", std::move(request), topics_,
                  [&](JoinResult r) { joined.set_value(std::move(r)); });
    JoinResult member = joined.get_future().get();
    SyncRequest sync{.member = {member.member_id, {}, member.generation},
                     .protocol_type = {},
                     .protocol_name = {},
                     .assignments = {{member.member_id, write_assignment(0, {{"t", {0, 1}}})}}};
    std::promise<KafkaError> synced;
    groups_->sync("g", std::move(sync), topics_, [&](SyncResult r) { synced.set_value(r.error); });
    EXPECT_EQ(synced.get_future().get(), KafkaError::kNone);
    return member;
  }
  // A member of the consumer protocol.
  ConsumerBeatResult speak(std::int32_t epoch) {
    ConsumerBeat beat;
    beat.member_id = "new";
    beat.member_epoch = epoch;
    beat.topic_names = {"t"};
    beat.owned.emplace();
    std::promise<ConsumerBeatResult> told;
    groups_->consumer_heartbeat("g", std::move(beat), topics_,
                                [&](ConsumerBeatResult r) { told.set_value(std::move(r)); });
    return told.get_future().get();
  }
  KafkaError heartbeat(const JoinResult& member) {
    return groups_->heartbeat("g", {member.member_id, {}, member.generation}, topics_);
  }
  void leave(const JoinResult& member) {
    const LeavingMember leaving{member.member_id, std::nullopt};
    EXPECT_THAT(groups_->leave("g", {&leaving, 1}), ElementsAre(KafkaError::kNone));
    settle();
  }
  KafkaError commit(const std::string& topic, MemberIdentity member = {}) {
    std::vector<catalog::CommittedOffset> offsets{
        {.group = "g", .topic = topic, .offset = Offset{7}, .committed_at = clock_.wall()}};
    const KafkaError error = groups_->commit("g", member, [&] {
      offsets_->commit(std::move(offsets), [](Status done) { EXPECT_TRUE(done); });
    });
    settle();
    return error;
  }
  // The topics that the group has offsets for, after what has expired by now is gone.
  std::vector<std::string> kept() {
    groups_->expire_offsets();
    settle();
    std::vector<std::string> topics;
    for (const auto& offset : offsets_->of_group("g")) topics.push_back(offset.topic);
    return topics;
  }

  io::TestFolder folder_;
  GroupSettings settings_;
  io::ManualClock clock_{TimestampMs{1'700'000'000'000}};
  Metrics metrics_;
  std::unique_ptr<Timers> timers_;
  std::unique_ptr<Decisions> decisions_;
  std::unique_ptr<CommittedOffsets> offsets_;
  std::unique_ptr<GroupConfigs> configs_;
  std::unique_ptr<GroupCoordinator> groups_;
  int ids_ = 0;
};

TEST_F(CoordinatorTest, AGenerationIsInTheCatalogWhenItIsTold) {
  const JoinResult member = join();
  close();
  const auto stored = catalog::Catalog::open(folder_.path() + "/catalog.db").value()->groups();
  ASSERT_THAT(*stored, SizeIs(1));
  EXPECT_EQ(stored->at(0).epoch, member.generation);
  EXPECT_EQ(stored->at(0).protocol_type, "consumer");
  EXPECT_EQ(stored->at(0).emptied_at, kNoTimestamp);
  open();
  leave(member);
  EXPECT_GT(join().generation, member.generation);
}

TEST_F(CoordinatorTest, MembersOutlastARestart) {
  const JoinResult member = join();
  const MemberIdentity identity{member.member_id, {}, member.generation};
  close();
  clock_.advance(24h);
  metrics_.groups = metrics_.group_members = 0;
  open();
  EXPECT_EQ(metrics_.groups, 1);
  EXPECT_EQ(metrics_.group_members, 1);
  EXPECT_EQ(groups_->heartbeat("g", identity, topics_), KafkaError::kNone);
  EXPECT_EQ(commit("t", identity), KafkaError::kNone);
  clock_.advance(1799s);
  EXPECT_EQ(groups_->describe("g")->state, "Stable");
  EXPECT_EQ(groups_->heartbeat("g", identity, topics_), KafkaError::kNone);
  leave(member);
  close();
  open();
  EXPECT_EQ(groups_->heartbeat("g", identity, topics_), KafkaError::kUnknownMemberId);
}

TEST_F(CoordinatorTest, AMemberThatDoesNotComeBackAfterARestartIsRemoved) {
  join();
  close();
  metrics_.groups = metrics_.group_members = 0;
  open();
  clock_.advance(1800s);
  timers_->at(TimePoint{}, [] {});  // makes them look at the clock
  EXPECT_TRUE(eventually([&] { return groups_->describe("g")->state == "Empty"; }));
  EXPECT_EQ(metrics_.group_members, 0);
}

TEST_F(CoordinatorTest, AGenerationThatCannotBeStoredIsNotTold) {
  close();
  open(4'096);  // no page more than it has
  JoinRequest request;
  request.new_member_id = "m";
  request.protocol_type = "consumer";
  request.protocols = {{"range", reads_t()}};
  request.session_timeout = 10s;
  std::promise<JoinResult> joined;
  const std::string needs_pages(30'000, 'g');
  groups_->join(needs_pages, std::move(request), topics_,
                [&](JoinResult r) { joined.set_value(std::move(r)); });
  const JoinResult refused = joined.get_future().get();
  EXPECT_EQ(refused.error, KafkaError::kCoordinatorNotAvailable);
  EXPECT_EQ(refused.generation, -1);
}

TEST_F(CoordinatorTest, AnEmptyGroupTakesTheProtocolOfWhoeverJoins) {
  const JoinResult classic = join();
  EXPECT_EQ(speak(kJoinEpoch).error, KafkaError::kGroupIdNotFound) << "members are not converted";
  EXPECT_EQ(speak(kJoinEpoch).error_message,
            "Cannot upgrade classic group g to consumer group because online upgrade is disabled.");
  leave(classic);
  const auto joined = speak(kJoinEpoch);
  EXPECT_EQ(joined.error, KafkaError::kNone);
  EXPECT_GT(joined.member_epoch, classic.generation) << "epochs go on";
  EXPECT_EQ(groups_->list().at(0).type, "consumer");
  EXPECT_EQ(groups_->heartbeat("g", {classic.member_id, {}, classic.generation}, topics_),
            KafkaError::kUnknownMemberId);
  close();
  open();
  EXPECT_EQ(groups_->list().at(0).type, "consumer");
  EXPECT_EQ(speak(joined.member_epoch).error, KafkaError::kNone) << "it goes on";
  EXPECT_EQ(speak(kJoinEpoch).member_epoch, joined.member_epoch);
  EXPECT_EQ(speak(kLeaveEpoch).error, KafkaError::kNone);
  EXPECT_GT(join().generation, joined.member_epoch);
}

TEST_F(CoordinatorTest, AGroupWithMembersChangesItsProtocolThereAndBack) {
  close();
  settings_.migration = MigrationPolicy::kBidirectional;
  open();
  topics_ =
      std::make_shared<TopicShapes>(TopicShapes{{"t", {.id = random_uuid(), .partitions = 2}}});
  const JoinResult before = join();
  const auto told = speak(kJoinEpoch);
  EXPECT_EQ(told.error, KafkaError::kNone) << told.error_message;
  EXPECT_EQ(told.member_epoch, before.generation + 1);
  for (int restarts = 0; restarts < 2; ++restarts) {
    EXPECT_EQ(groups_->list().at(0).type, "consumer");
    EXPECT_EQ(heartbeat(before), KafkaError::kRebalanceInProgress);
    EXPECT_EQ(commit("t", {before.member_id, {}, before.generation}), KafkaError::kNone);
    close();
    open();
  }
  const JoinResult mixed = join(before.member_id);
  EXPECT_EQ(mixed.generation, told.member_epoch);
  EXPECT_EQ(heartbeat(mixed), KafkaError::kNone);

  EXPECT_EQ(speak(kLeaveEpoch).error, KafkaError::kNone);
  for (int restarts = 0; restarts < 2; ++restarts) {
    EXPECT_EQ(groups_->list().at(0).type, "classic");
    EXPECT_EQ(groups_->list().at(0).state, "PreparingRebalance");
    EXPECT_EQ(heartbeat(mixed), KafkaError::kRebalanceInProgress);
    EXPECT_EQ(commit("t", {mixed.member_id, {}, mixed.generation}), KafkaError::kNone);
    close();
    open();
  }
  const JoinResult after = join(mixed.member_id);
  EXPECT_GT(after.generation, mixed.generation);
  close();
  open();
  EXPECT_EQ(heartbeat(after), KafkaError::kNone);
  EXPECT_EQ(groups_->list().at(0).state, "Stable");
}

TEST_F(CoordinatorTest, AGroupThatMayNotChangeBackStaysWithItsClassicMembers) {
  close();
  settings_.migration = MigrationPolicy::kUpgrade;
  open();
  const JoinResult before = join();
  EXPECT_EQ(speak(kJoinEpoch).error, KafkaError::kNone);
  const JoinResult mixed = join(before.member_id);
  EXPECT_EQ(speak(kLeaveEpoch).error, KafkaError::kNone);
  EXPECT_EQ(groups_->list().at(0).type, "consumer");
  EXPECT_EQ(heartbeat(mixed), KafkaError::kRebalanceInProgress);
  leave(mixed);
  EXPECT_EQ(groups_->list().at(0).state, "Empty");
}

TEST_F(CoordinatorTest, OffsetsExpireAfterTheGroupHasBeenEmptyForTheirTime) {
  const JoinResult member = join();
  ASSERT_EQ(commit("t", {member.member_id, {}, member.generation}), KafkaError::kNone);
  clock_.advance(25min);
  EXPECT_EQ(groups_->heartbeat("g", {member.member_id, {}, member.generation}, topics_),
            KafkaError::kNone);
  clock_.advance(25min);
  leave(member);
  clock_.advance(59min);
  EXPECT_THAT(kept(), ElementsAre("t"));
  close();
  open();
  EXPECT_THAT(kept(), ElementsAre("t"));
  clock_.advance(1min);
  EXPECT_THAT(kept(), IsEmpty());
}

TEST_F(CoordinatorTest, OffsetsOfWhoeverHasNoGroupExpireAfterTheCommit) {
  ASSERT_EQ(commit("t"), KafkaError::kNone);
  clock_.advance(30min);
  ASSERT_EQ(commit("other"), KafkaError::kNone);
  clock_.advance(30min);
  EXPECT_THAT(kept(), ElementsAre("other"));
  clock_.advance(30min);
  EXPECT_THAT(kept(), IsEmpty());
  EXPECT_THAT(groups_->list(), IsEmpty());
}

TEST_F(CoordinatorTest, OffsetsOfTopicsThatTheMembersNoLongerReadExpire) {
  ASSERT_EQ(commit("t"), KafkaError::kNone);
  ASSERT_EQ(commit("other"), KafkaError::kNone);
  const JoinResult member = join();
  for (int i = 0; i < 3; ++i) {
    clock_.advance(20min);
    ASSERT_EQ(groups_->heartbeat("g", {member.member_id, {}, member.generation}, topics_),
              KafkaError::kNone);
  }
  EXPECT_THAT(kept(), ElementsAre("t"));
}

TEST_F(CoordinatorTest, AnEmptyGroupWithoutOffsetsIsForgotten) {
  leave(join());
  EXPECT_THAT(groups_->list(), SizeIs(1));
  EXPECT_THAT(kept(), IsEmpty());
  EXPECT_THAT(groups_->list(), IsEmpty());
  close();
  open();
  EXPECT_THAT(groups_->list(), IsEmpty());
}

TEST_F(CoordinatorTest, NothingExpiresIfNoTimeIsSet) {
  close();
  settings_.offsets_retention = 0ms;
  open();
  ASSERT_EQ(commit("t"), KafkaError::kNone);
  clock_.advance(std::chrono::hours(24 * 365 * 10));
  EXPECT_THAT(kept(), ElementsAre("t"));
}

}  // namespace
}  // namespace daybook::broker
