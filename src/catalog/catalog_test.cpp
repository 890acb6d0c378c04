#include "catalog/catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "io/test_folder.h"

namespace daybook::catalog {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class CatalogTest : public testing::Test {
 protected:
  std::unique_ptr<Catalog> open() {
    Result<std::unique_ptr<Catalog>> catalog = Catalog::open(path_);
    EXPECT_TRUE(catalog) << catalog.error().message;
    return std::move(*catalog);
  }

  static Topic topic(const std::string& name) {
    return {.name = name, .id = random_uuid(), .partitions = 3, .created = TimestampMs{7}};
  }
  // Offsets are committed for topics that exist.
  std::unique_ptr<Catalog> open_with_topic() {
    auto catalog = open();
    EXPECT_TRUE(catalog->create_topic(topic("t")));
    return catalog;
  }
  static CommittedOffset commit(const std::string& group, std::int64_t offset) {
    return {.group = group, .topic = "t", .offset = Offset{offset}};
  }

  const io::TestFolder folder_;
  const std::string path_ = folder_.path() + "/catalog.db";
};

TEST_F(CatalogTest, EverythingIsThereAfterReopening) {
  Topic made = topic("payments");
  made.config = {{"retention.ms", "1000"}, {"cleanup.policy", "compact"}};
  CommittedOffset committed = commit("readers", 42);
  committed.topic = "payments";
  committed.leader_epoch = LeaderEpoch{5};
  committed.metadata = std::string("a\0b", 3);
  committed.committed_at = TimestampMs{99};
  Uuid cluster;
  {
    const auto catalog = open();
    cluster = catalog->cluster_id();
    EXPECT_FALSE(cluster.is_zero());
    ASSERT_TRUE(catalog->create_topic(made));
    ASSERT_TRUE(catalog->commit_offset(committed));
    EXPECT_EQ(*catalog->reserve_producer_ids(1000), ProducerId{0});
  }
  const auto catalog = open();
  EXPECT_EQ(catalog->cluster_id(), cluster);
  EXPECT_THAT(*catalog->topics(), ElementsAre(made));
  EXPECT_THAT(*catalog->committed_offsets(), ElementsAre(committed));
  EXPECT_EQ(*catalog->reserve_producer_ids(10), ProducerId{1000});
}

TEST_F(CatalogTest, ATopicsNameIsTakenUntilItIsForgotten) {
  const auto catalog = open();
  const Topic first = topic("t");
  ASSERT_TRUE(catalog->create_topic(first));
  EXPECT_EQ(catalog->create_topic(topic("t")).error().code, ErrorCode::kAlreadyExists);
  ASSERT_TRUE(catalog->mark_topic_deleting(first.id));
  EXPECT_EQ(catalog->create_topic(topic("t")).error().code, ErrorCode::kAlreadyExists);
  EXPECT_TRUE(catalog->topics()->front().deleting);
  ASSERT_TRUE(catalog->forget_topic(first.id));
  EXPECT_TRUE(catalog->create_topic(topic("t")));
  EXPECT_EQ(catalog->forget_topic(first.id).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(catalog->mark_topic_deleting(first.id).error().code, ErrorCode::kNotFound);
}

TEST_F(CatalogTest, DeletingATopicForgetsItsOffsetsAndConfigurations) {
  const auto catalog = open();
  Topic made = topic("t");
  made.config = {{"retention.ms", "1"}};
  ASSERT_TRUE(catalog->create_topic(made));
  ASSERT_TRUE(catalog->commit_offset(commit("g", 1)));
  CommittedOffset other = commit("g", 2);
  other.topic = "other";
  EXPECT_EQ(catalog->commit_offset(other).error().code, ErrorCode::kNotFound);
  const Topic kept = topic("other");
  ASSERT_TRUE(catalog->create_topic(kept));
  ASSERT_TRUE(catalog->commit_offset(other));
  ASSERT_TRUE(catalog->mark_topic_deleting(made.id));
  EXPECT_THAT(*catalog->committed_offsets(), ElementsAre(other));
  EXPECT_EQ(catalog->commit_offset(commit("g", 1)).error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(catalog->forget_topic(made.id));
  made.config.clear();
  ASSERT_TRUE(catalog->create_topic(made));
  EXPECT_THAT(*catalog->topics(), ElementsAre(kept, made));
}

TEST_F(CatalogTest, WhatIsSetForATopicReplacesWhatWasSet) {
  Topic made = topic("t");
  made.config = {{"retention.ms", "1"}, {"segment.bytes", "4096"}};
  {
    const auto catalog = open();
    ASSERT_TRUE(catalog->create_topic(made));
    ASSERT_TRUE(catalog->set_topic_config(made.id, {{"retention.ms", "2"}}));
    ASSERT_TRUE(catalog->set_topic_partitions(made.id, 8));
    EXPECT_EQ(catalog->set_topic_config(random_uuid(), {}).error().code, ErrorCode::kNotFound);
    EXPECT_EQ(catalog->set_topic_partitions(random_uuid(), 9).error().code, ErrorCode::kNotFound);
  }
  made.config = {{"retention.ms", "2"}};
  made.partitions = 8;
  EXPECT_THAT(open()->topics().value(), ElementsAre(made));
}

TEST_F(CatalogTest, WhatIsSetForTheNodeIsThereAfterReopening) {
  {
    const auto catalog = open();
    ASSERT_TRUE(catalog->set_broker_config("", {{"log.retention.ms", "1"}, {"a", "b"}}));
    ASSERT_TRUE(catalog->set_broker_config("1", {{"num.partitions", "4"}}));
    ASSERT_TRUE(catalog->set_broker_config("", {{"log.retention.ms", "2"}}));
  }
  const BrokerConfigs expected = {{"", {{"log.retention.ms", "2"}}},
                                  {"1", {{"num.partitions", "4"}}}};
  EXPECT_EQ(open()->broker_configs().value(), expected);
}

TEST_F(CatalogTest, WhatIsSetForAGroupIsThereAfterReopeningAndOutlivesTheGroup) {
  {
    const auto catalog = open();
    ASSERT_TRUE(catalog->set_group_config("g", {{"a", "1"}, {"b", "2"}}));
    ASSERT_TRUE(catalog->set_group_config("h", {{"a", "3"}}));
    ASSERT_TRUE(catalog->set_group_config("g", {{"b", "4"}}));
    ASSERT_TRUE(catalog->set_group_config("h", {}));
    ASSERT_TRUE(catalog->delete_group("g"));
  }
  const GroupConfigs expected = {{"g", {{"b", "4"}}}};
  EXPECT_EQ(open()->group_configs().value(), expected);
}

TEST_F(CatalogTest, ADecisionThatFailsLeavesNothingAndHarmsNoOther) {
  const auto catalog = open_with_topic();
  const std::vector<Decision> decisions = {
      [](Catalog& c) { return c.commit_offset(commit("a", 1)); },
      [](Catalog& c) -> Status {
        DAYBOOK_TRY_VOID(c.commit_offset(commit("b", 2)));
        return fail(ErrorCode::kInvalid, "changed my mind");
      },
      [](Catalog& c) { return c.commit_offset(commit("c", 3)); }};
  const std::vector<Status> results = catalog->decide(decisions);
  ASSERT_EQ(results.size(), 3u);
  EXPECT_TRUE(results[0]);
  EXPECT_EQ(results[1].error().message, "changed my mind");
  EXPECT_TRUE(results[2]);
  EXPECT_THAT(*catalog->committed_offsets(), ElementsAre(commit("a", 1), commit("c", 3)));
}

TEST_F(CatalogTest, ACommitReplacesTheOneBefore) {
  const auto catalog = open_with_topic();
  ASSERT_TRUE(catalog->commit_offset(commit("g", 10)));
  ASSERT_TRUE(catalog->commit_offset(commit("g", 4)));
  EXPECT_THAT(*catalog->committed_offsets(), ElementsAre(commit("g", 4)));
}

// A child commits one decision after another and says so on a pipe; it is killed in the middle of
// its work. Whatever it had heard to be durable must be there.
TEST_F(CatalogTest, GroupsAreKeptAndForgotten) {
  auto catalog = open_with_topic();
  const Group classic{.id = "a", .protocol_type = "connect", .epoch = 7};
  const Group consumer{.id = "b",
                       .of_consumer_protocol = true,
                       .protocol_type = "consumer",
                       .epoch = 1,
                       .emptied_at = TimestampMs{5}};
  ASSERT_TRUE(catalog->save_group({.id = "a", .epoch = 6}));
  ASSERT_TRUE(catalog->save_group(classic));
  ASSERT_TRUE(catalog->save_group(consumer));
  ASSERT_TRUE(catalog->commit_offset(commit("a", 3)));
  ASSERT_TRUE(catalog->commit_offset(commit("b", 3)));
  catalog.reset();
  catalog = open();
  EXPECT_THAT(*catalog->groups(), ElementsAre(classic, consumer));
  ASSERT_TRUE(catalog->forget_group("a"));
  ASSERT_TRUE(catalog->delete_group("b"));
  EXPECT_THAT(*catalog->groups(), IsEmpty());
  EXPECT_THAT(*catalog->committed_offsets(), ElementsAre(commit("a", 3)));
}

TEST_F(CatalogTest, AGroupsMembersAreKeptAsItWasSavedLast) {
  const GroupMember fixed{.id = "m1",
                          .instance_id = "i",
                          .client_id = "c",
                          .client_host = "/h",
                          .session_timeout = std::chrono::seconds(45),
                          .rebalance_timeout = std::chrono::seconds(300),
                          .protocols = {{"range", to_bytes(as_bytes("r"))}, {"sticky", {}}},
                          .assignment = to_bytes(as_bytes("a"))};
  const GroupMember other{.id = "m2", .protocols = {{"range", {}}}};
  Group group{.id = "g", .epoch = 1, .protocol_name = "range", .leader = "m1", .assigned = true};
  group.members = {fixed, other};
  const Group next{.id = "h", .epoch = 3, .members = {other}};
  {
    const auto catalog = open_with_topic();
    ASSERT_TRUE(catalog->save_group(next));
    ASSERT_TRUE(catalog->save_group({.id = "empty"}));
    ASSERT_TRUE(catalog->save_group(group));
  }
  EXPECT_THAT(*open()->groups(), ElementsAre(Group{.id = "empty"}, group, next));
  group.members = {other};
  ASSERT_TRUE(open()->save_group(group));
  EXPECT_THAT(*open()->groups(), ElementsAre(Group{.id = "empty"}, group, next));
  ASSERT_TRUE(open()->forget_group("g"));
  ASSERT_TRUE(open()->save_group({.id = "g"}));
  EXPECT_THAT(*open()->groups(), ElementsAre(Group{.id = "empty"}, Group{.id = "g"}, next));
}

TEST_F(CatalogTest, OfConsumersOnlyWhatHasChangedIsWritten) {
  const auto member = [](const std::string& id) {
    return ConsumerMember{.id = id,
                          .instance_id = "i" + id,
                          .client_id = "c",
                          .client_host = "/h",
                          .rebalance_timeout = std::chrono::seconds(300),
                          .topic_names = {"a", "b"},
                          .topic_regex = "x.*",
                          .assignor = "range",
                          .epoch = 2,
                          .previous_epoch = 1,
                          .assigned = {{Uuid{}, {1, 2}}},
                          .revoking = {{Uuid{}, {3}}},
                          .target = {{Uuid{}, {1, 2, 4}}},
                          .classic = {}};
  };
  Group group{.id = "g", .of_consumer_protocol = true, .epoch = 2, .target_epoch = 1};
  group.consumers = {member("m1"), member("m2"), member("m3")};
  group.consumers[0].classic = {.session_timeout = std::chrono::seconds(45),
                                .protocols = {{"range", to_bytes(as_bytes("r"))}, {"sticky", {}}}};
  ASSERT_TRUE(open_with_topic()->save_group(group));
  EXPECT_THAT(*open()->groups(), ElementsAre(group));
  group.epoch = 3;
  ConsumerMember changed{.id = "m2", .epoch = 3};
  group.consumers = {group.consumers[0], changed};
  ASSERT_TRUE(open()->save_group(group, {.changed = {changed}, .gone = {"m3"}}));
  EXPECT_THAT(*open()->groups(), ElementsAre(group));
  ASSERT_TRUE(open()->save_group({.id = "g"}));
  EXPECT_THAT(*open()->groups(), ElementsAre(Group{.id = "g"}));
}

TEST_F(CatalogTest, OfStreamsMembersOnlyWhatHasChangedIsWritten) {
  const auto member = [](const std::string& id) {
    return StreamsMember{.id = id,
                         .rack_id = "r",
                         .client_id = "c",
                         .client_host = "/h",
                         .rebalance_timeout = std::chrono::seconds(300),
                         .topology_epoch = 3,
                         .process_id = "p",
                         .endpoint = StreamsEndpoint{.host = "e", .port = 40'000},
                         .tags = {{"zone", "z"}, {"other", ""}},
                         .epoch = 2,
                         .previous_epoch = 1,
                         .assigned = {.active = {{"0", {1, 2}}}, .standby = {{"1", {0}}}},
                         .revoking = {.active = {{"0", {3}}}, .standby = {}},
                         .target = {.active = {{"0", {1}}}, .standby = {{"1", {0, 4}}}}};
  };
  Group group{.id = "g", .protocol_type = "streams", .epoch = 2, .target_epoch = 1};
  group.topology = to_bytes(as_bytes("t"));
  group.streams = {member("m1"), member("m2"), member("m3")};
  ASSERT_TRUE(open_with_topic()->save_group(group));
  EXPECT_THAT(*open()->groups(), ElementsAre(group));
  group.topology = to_bytes(as_bytes("other"));
  const StreamsMember changed{.id = "m2", .epoch = 3};
  group.streams = {group.streams[0], changed};
  ASSERT_TRUE(open()->save_group(group, {.changed_streams = {changed}, .gone = {"m3"}}));
  EXPECT_THAT(*open()->groups(), ElementsAre(group));
  ASSERT_TRUE(open()->save_group({.id = "g"}));
  EXPECT_THAT(*open()->groups(), ElementsAre(Group{.id = "g"}));
}

// As the program before version 6 left it.
TEST_F(CatalogTest, AnOlderFileIsBroughtUpToDateWithWhatIsInIt) {
  open_with_topic();
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(path_.c_str(), &handle), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(handle,
                         "DROP TABLE streams_member_task; DROP TABLE streams_member_tag;"
                         "DROP TABLE streams_member; DROP TABLE streams_group;"
                         "DROP TABLE consumer_member_protocol;"
                         "DROP TABLE consumer_member_partition; DROP TABLE consumer_member_topic;"
                         "DROP TABLE consumer_member; DROP TABLE group_member_protocol;"
                         "DROP TABLE group_member;"
                         "ALTER TABLE consumer_group DROP COLUMN target_epoch;"
                         "ALTER TABLE consumer_group DROP COLUMN protocol_name;"
                         "ALTER TABLE consumer_group DROP COLUMN leader;"
                         "ALTER TABLE consumer_group DROP COLUMN assigned;"
                         "INSERT INTO consumer_group VALUES ('g', 'classic', 'consumer', 7, -1);"
                         "PRAGMA user_version = 5",
                         nullptr, nullptr, nullptr),
            SQLITE_OK);
  sqlite3_close(handle);
  const Group group{.id = "g", .protocol_type = "consumer", .epoch = 7};
  EXPECT_THAT(*open()->groups(), ElementsAre(group));
  EXPECT_EQ(open()->topics()->size(), 1u);
}

TEST_F(CatalogTest, AnOffsetThatWasReplacedIsNotForgotten) {
  auto catalog = open_with_topic();
  CommittedOffset newer = commit("g", 4);
  newer.committed_at = TimestampMs{20};
  ASSERT_TRUE(catalog->commit_offset(newer));
  ASSERT_TRUE(catalog->forget_offset("g", "t", PartitionId{0}, TimestampMs{19}));
  EXPECT_THAT(*catalog->committed_offsets(), ElementsAre(newer));
  ASSERT_TRUE(catalog->forget_offset("g", "t", PartitionId{0}, TimestampMs{20}));
  EXPECT_THAT(*catalog->committed_offsets(), IsEmpty());
}

TEST_F(CatalogTest, WhatWasDecidedSurvivesAKill) {
  open_with_topic();
  for (int round = 0; round < 5; ++round) {
    int fds[2];
    ASSERT_EQ(::pipe(fds), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      Result<std::unique_ptr<Catalog>> catalog = Catalog::open(path_);
      for (std::int64_t i = 0; catalog; ++i) {
        const Status done = (*catalog)->commit_offset(commit("g" + std::to_string(round), i));
        if (!done || ::write(fds[1], &i, sizeof(i)) != sizeof(i)) ::_exit(1);
      }
      ::_exit(1);
    }
    std::int64_t acknowledged = -1;
    while (acknowledged < 20 + 7 * round) {
      ASSERT_EQ(::read(fds[0], &acknowledged, sizeof(acknowledged)), sizeof(acknowledged));
    }
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
    ::close(fds[1]);
    for (std::int64_t more; ::read(fds[0], &more, sizeof(more)) == sizeof(more);) {
      acknowledged = more;
    }
    ::close(fds[0]);
    const auto catalog = open();
    const auto commits = *catalog->committed_offsets();
    ASSERT_EQ(commits.size(), static_cast<std::size_t>(round + 1));
    EXPECT_GE(commits.back().offset.value, acknowledged);
    EXPECT_LE(commits.back().offset.value, acknowledged + 1);
  }
}

TEST_F(CatalogTest, AFileThatIsNoDatabaseIsCorruptAndNamed) {
  std::ofstream(path_) << std::string(8192, 'x');
  const auto catalog = Catalog::open(path_);
  ASSERT_FALSE(catalog);
  EXPECT_EQ(catalog.error().code, ErrorCode::kCorrupt);
  EXPECT_THAT(catalog.error().message, HasSubstr(path_));
}

TEST_F(CatalogTest, AnotherProgramsDatabaseIsRefused) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(path_.c_str(), &handle), SQLITE_OK);
  sqlite3_exec(handle, "CREATE TABLE theirs (a)", nullptr, nullptr, nullptr);
  sqlite3_close(handle);
  const auto catalog = Catalog::open(path_);
  ASSERT_FALSE(catalog);
  EXPECT_EQ(catalog.error().code, ErrorCode::kCorrupt);
  EXPECT_THAT(catalog.error().message, HasSubstr("another program"));
}

TEST_F(CatalogTest, ANewerVersionIsRefused) {
  open();
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(path_.c_str(), &handle), SQLITE_OK);
  sqlite3_exec(handle, "PRAGMA user_version = 99", nullptr, nullptr, nullptr);
  sqlite3_close(handle);
  const auto catalog = Catalog::open(path_);
  ASSERT_FALSE(catalog);
  EXPECT_EQ(catalog.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(catalog.error().message, HasSubstr("99"));
}

TEST_F(CatalogTest, AFolderThatIsMissingIsNamed) {
  const auto catalog = Catalog::open(folder_.path() + "/absent/catalog.db");
  ASSERT_FALSE(catalog);
  EXPECT_THAT(catalog.error().message, HasSubstr("/absent/catalog.db"));
}

TEST_F(CatalogTest, AFullDiskIsToldAndNothingIsStored) {
  // The catalog's own bound on its size fails in the same place as the disk's.
  open_with_topic();
  const auto catalog = std::move(*Catalog::open(path_, 128 << 10));
  ASSERT_TRUE(catalog->commit_offset(commit("before", 1)));
  CommittedOffset large = commit("large", 2);
  large.metadata.assign(1 << 20, 'm');
  const Decision alone = [&](Catalog& c) { return c.commit_offset(large); };
  const std::vector<Status> results = catalog->decide(std::span(&alone, 1));
  ASSERT_FALSE(results.front());
  EXPECT_EQ(results.front().error().code, ErrorCode::kNoSpace);
  EXPECT_THAT(results.front().error().message, HasSubstr("free some space"));
  EXPECT_THAT(*catalog->committed_offsets(), ElementsAre(commit("before", 1)));
  EXPECT_TRUE(catalog->commit_offset(commit("after", 3)));
}

TEST_F(CatalogTest, ALockedFileIsUnavailable) {
  const auto catalog = open_with_topic();
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(path_.c_str(), &handle), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(handle, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  const Status blocked = catalog->commit_offset(commit("g", 1));
  ASSERT_FALSE(blocked);
  EXPECT_TRUE(blocked.error().retriable());
  sqlite3_close(handle);
  EXPECT_TRUE(catalog->commit_offset(commit("g", 1)));
}

Transaction transaction(const std::string& id) {
  return {.id = id,
          .producer = ProducerId{7},
          .epoch = ProducerEpoch{3},
          .last_epoch = ProducerEpoch{2},
          .previous_producer = ProducerId{6},
          .next_producer = ProducerId{8},
          .timeout = std::chrono::milliseconds(60'000),
          .state = TransactionState::kPrepareCommit,
          .version = 2,
          .started = TimestampMs{10},
          .updated = TimestampMs{20},
          .partitions = {{random_uuid(), PartitionId{1}}, {random_uuid(), PartitionId{0}}},
          .groups = {"g", "h"}};
}

TEST_F(CatalogTest, TransactionsAreThereAfterReopening) {
  const Transaction first = transaction("a");
  Transaction second = transaction("b");
  {
    const auto catalog = open();
    ASSERT_TRUE(catalog->put_transaction(first));
    ASSERT_TRUE(catalog->put_transaction(second));
    second.state = TransactionState::kCompleteCommit;
    second.partitions.clear();
    second.groups = {"g"};
    ASSERT_TRUE(catalog->put_transaction(second));
    ASSERT_TRUE(catalog->put_transaction(transaction("c")));
    ASSERT_TRUE(catalog->forget_transactional_id("c"));
  }
  EXPECT_THAT(open()->transactions().value(), ElementsAre(first, second));
}

TEST_F(CatalogTest, PendingOffsetsAreCommittedOrForgottenTogether) {
  const auto catalog = open_with_topic();
  const auto pend = [&](const std::string& id, const std::string& group, std::int64_t offset) {
    ASSERT_TRUE(catalog->add_pending_offset({id, commit(group, offset)}));
  };
  ASSERT_TRUE(catalog->commit_offset(commit("g", 1)));
  pend("a", "g", 5);
  pend("a", "g", 6);
  pend("b", "h", 7);
  EXPECT_THAT(catalog->pending_offsets().value(),
              ElementsAre(PendingOffset{"a", commit("g", 6)}, PendingOffset{"b", commit("h", 7)}));
  EXPECT_THAT(catalog->committed_offsets().value(), ElementsAre(commit("g", 1)));
  ASSERT_TRUE(catalog->end_pending_offsets("a", true));
  ASSERT_TRUE(catalog->end_pending_offsets("b", false));
  EXPECT_THAT(catalog->committed_offsets().value(), ElementsAre(commit("g", 6)));
  EXPECT_THAT(catalog->pending_offsets().value(), IsEmpty());
}

TEST_F(CatalogTest, ADeletedTopicLeavesTransactionsAndPendingOffsets) {
  const auto catalog = open();
  const Topic gone = topic("t");
  ASSERT_TRUE(catalog->create_topic(gone));
  Transaction part_of = transaction("a");
  part_of.partitions.insert({gone.id, PartitionId{2}});
  ASSERT_TRUE(catalog->put_transaction(part_of));
  ASSERT_TRUE(catalog->add_pending_offset({"a", commit("g", 6)}));
  ASSERT_TRUE(catalog->mark_topic_deleting(gone.id));
  EXPECT_THAT(catalog->pending_offsets().value(), IsEmpty());
  EXPECT_EQ(catalog->transactions().value().at(0).partitions.size(), 2u);
  EXPECT_EQ(catalog->add_pending_offset({"a", commit("g", 6)}).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace daybook::catalog
