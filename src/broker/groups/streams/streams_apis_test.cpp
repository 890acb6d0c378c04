// The streams protocol over real sockets: what a member, and what a tool is told.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/groups/streams/test_streams_group.h"
#include "broker/groups/test_group_apis.h"
#include "broker/transactions/test_transactions.h"
#include "wire/apis/cluster/describe_configs.h"
#include "wire/apis/groups/consumer_group_heartbeat.h"
#include "wire/apis/groups/delete_groups.h"
#include "wire/apis/groups/list_groups.h"
#include "wire/apis/groups/streams_group_describe.h"
#include "wire/apis/groups/streams_group_heartbeat.h"

namespace daybook::broker {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class StreamsApisTest : public GroupApisTest {
 protected:
  static wire::StreamsGroupHeartbeatRequest joining() {
    wire::StreamsGroupHeartbeatRequest request;
    request.group_id = "g";
    request.member_id = "m";
    request.rebalance_timeout_ms = 60'000;
    request.topology = counting_topology();
    request.topology->subtopologies[0].source_topics = {"t"};
    request.active_tasks.emplace();
    request.standby_tasks.emplace();
    request.warmup_tasks.emplace();
    request.process_id = "p";
    return request;
  }
  static wire::StreamsGroupHeartbeatRequest next(std::int32_t epoch) {
    wire::StreamsGroupHeartbeatRequest request;
    request.group_id = "g";
    request.member_id = "m";
    request.member_epoch = epoch;
    return request;
  }
  KafkaError refusal(const wire::StreamsGroupHeartbeatRequest& request) {
    return client_->ask(request).error_code;
  }
  // Joins, and beats until it has tasks.
  wire::StreamsGroupHeartbeatResponse run() {
    auto told = client_->ask(joining());
    EXPECT_EQ(told.error_code, KafkaError::kNone);
    EXPECT_TRUE(eventually([&] {
      if (told.active_tasks && !told.active_tasks->empty()) return true;
      told = client_->ask(next(told.member_epoch));
      return false;
    }));
    return told;
  }
  wire::StreamsGroupDescribeResponse::Group described() {
    return client_->ask(wire::StreamsGroupDescribeRequest{{"g"}, false}).groups.at(0);
  }
};

TEST_F(StreamsApisTest, InternalTopicsAreMadeAndThenTheMemberHasItsTasks) {
  const auto told = run();
  ASSERT_THAT(*told.active_tasks, SizeIs(2));
  EXPECT_THAT(told.active_tasks->at(1).partitions, SizeIs(2));
  EXPECT_EQ(told.heartbeat_interval_ms, 5'000);
  wire::DescribeConfigsRequest asks;
  asks.resources.resize(1);
  asks.resources[0].resource_type = 2;
  asks.resources[0].resource_name = "log";
  asks.resources[0].configuration_keys = {"cleanup.policy"};
  EXPECT_EQ(client_->ask(asks).results.at(0).configs.at(0).value, "compact");
}

TEST_F(StreamsApisTest, AMemberCommitsWithItsEpochAlsoAfterARestart) {
  const auto told = run();
  EXPECT_EQ(commit(commit_request(5, told.member_epoch + 1, "m")), KafkaError::kStaleMemberEpoch);
  EXPECT_EQ(commit(commit_request(6, told.member_epoch, "m")), KafkaError::kNone);
  restart();
  EXPECT_EQ(commit(commit_request(7, told.member_epoch, "m")), KafkaError::kNone);
  const auto again = client_->ask(next(told.member_epoch));
  EXPECT_EQ(again.error_code, KafkaError::kNone);
  EXPECT_EQ(again.member_epoch, told.member_epoch);
  EXPECT_EQ(committed(1).committed_offset, Offset{7});
}

TEST_F(StreamsApisTest, ACommitInATransactionIsCheckedAgainstTheEpochToo) {
  const auto told = run();
  TestProducer tx(*client_, "tx", 2);
  ASSERT_EQ(tx.init(), KafkaError::kNone);
  EXPECT_EQ(tx.commit_offset("g", "t", 5, told.member_epoch + 1, "m"),
            KafkaError::kIllegalGeneration);
  EXPECT_EQ(tx.commit_offset("g", "t", 6, told.member_epoch, "m"), KafkaError::kNone);
  EXPECT_EQ(tx.end(true), KafkaError::kNone);
}

TEST_F(StreamsApisTest, EveryVersionIsAnswered) {
  client_->ask(wire::StreamsGroupHeartbeatRequest());
  client_->ask(wire::StreamsGroupDescribeRequest());
}

TEST_F(StreamsApisTest, ToolsListDescribeAndDeleteTheGroup) {
  run();
  wire::ListGroupsRequest list;
  list.types_filter = {"Streams"};
  const auto listed = client_->ask(list).groups;
  ASSERT_THAT(listed, SizeIs(1));
  EXPECT_EQ(listed[0].group_type, "streams");
  EXPECT_EQ(listed[0].protocol_type, "streams");
  const auto group = described();
  EXPECT_EQ(group.group_state, "Stable");
  ASSERT_TRUE(group.topology && group.topology->subtopologies);
  EXPECT_EQ(group.topology->subtopologies->at(1).state_changelog_topics.at(0).partitions, 2);
  ASSERT_THAT(group.members, SizeIs(1));
  EXPECT_THAT(group.members[0].assignment.active_tasks, SizeIs(2));
  const wire::DeleteGroupsRequest remove{{"g"}};
  EXPECT_EQ(client_->ask(remove).results.at(0).error_code, KafkaError::kNonEmptyGroup);
  EXPECT_EQ(refusal(next(-1)), KafkaError::kNone);
  EXPECT_EQ(described().group_state, "Empty");
  EXPECT_EQ(client_->ask(remove).results.at(0).error_code, KafkaError::kNone);
  EXPECT_EQ(described().error_code, KafkaError::kGroupIdNotFound);
}

TEST_F(StreamsApisTest, WhatDoesNotFitTogetherIsRefused) {
  auto request = joining();
  request.instance_id = "i";
  EXPECT_EQ(refusal(request), KafkaError::kInvalidRequest) << "as in Kafka";
  request = joining();
  request.topology.reset();
  EXPECT_EQ(refusal(request), KafkaError::kInvalidRequest);
  request = joining();
  request.topology->subtopologies[1].state_changelog_topics[0].partitions = 1;
  EXPECT_EQ(refusal(request), KafkaError::kStreamsInvalidTopology);
  request = joining();
  request.rack_id = std::string(20'000, 'r');
  EXPECT_EQ(refusal(request), KafkaError::kInvalidRequest);
  request = next(1);
  request.active_tasks.emplace();
  EXPECT_EQ(refusal(request), KafkaError::kInvalidRequest);
  EXPECT_EQ(refusal(next(1)), KafkaError::kGroupIdNotFound);
  EXPECT_EQ(refusal(next(-3)), KafkaError::kInvalidRequest);
}

TEST_F(StreamsApisTest, AnInternalTopicThatCannotBeMadeIsTold) {
  auto request = joining();
  request.topology->subtopologies[1].state_changelog_topics[0].replication_factor = 3;
  const auto told = client_->ask(request);
  ASSERT_THAT(*told.status, SizeIs(1));
  EXPECT_EQ(told.status->at(0).status_code, 3);
  EXPECT_THAT(told.status->at(0).status_detail, HasSubstr("replication factor 3"));
  EXPECT_EQ(described().group_state, "NotReady");
}

TEST_F(StreamsApisTest, AGroupWithMembersOfAnotherProtocolIsNotTaken) {
  const auto member = be_a_member(*client_);
  EXPECT_EQ(refusal(joining()), KafkaError::kGroupIdNotFound);
  EXPECT_EQ(leave(member.member_id), KafkaError::kNone);
  run();
  EXPECT_EQ(client_->ask(join_request()).error_code, KafkaError::kInconsistentGroupProtocol);
  wire::ConsumerGroupHeartbeatRequest consumer;
  consumer.group_id = "g";
  consumer.member_id = "c";
  consumer.rebalance_timeout_ms = 60'000;
  consumer.subscribed_topic_names = std::vector<std::string>{"t"};
  consumer.topic_partitions.emplace();
  EXPECT_EQ(client_->ask(consumer).error_code, KafkaError::kGroupIdNotFound);
  EXPECT_EQ(refusal(next(-1)), KafkaError::kNone);
  EXPECT_EQ(client_->ask(consumer).error_code, KafkaError::kNone);
}

}  // namespace
}  // namespace daybook::broker
