// Groups and their offsets, over real sockets; and every version of every API.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/groups/test_group_apis.h"
#include "wire/apis/cluster/api_versions.h"
#include "wire/apis/cluster/describe_configs.h"
#include "wire/apis/groups/consumer_group_describe.h"
#include "wire/apis/groups/consumer_group_heartbeat.h"
#include "wire/apis/groups/delete_groups.h"
#include "wire/apis/groups/describe_groups.h"
#include "wire/apis/groups/find_coordinator.h"
#include "wire/apis/groups/heartbeat.h"
#include "wire/apis/groups/list_groups.h"
#include "wire/apis/groups/offset_delete.h"
#include "wire/apis/records/list_offsets.h"
#include "wire/apis/topics/delete_topics.h"
#include "wire/apis/topics/metadata.h"
#include "wire/apis/transactions/add_offsets_to_txn.h"
#include "wire/apis/transactions/add_partitions_to_txn.h"
#include "wire/apis/transactions/describe_producers.h"
#include "wire/apis/transactions/describe_transactions.h"
#include "wire/apis/transactions/end_txn.h"
#include "wire/apis/transactions/init_producer_id.h"
#include "wire/apis/transactions/list_transactions.h"
#include "wire/apis/transactions/txn_offset_commit.h"

namespace daybook::broker {
namespace {

using testing::SizeIs;

TEST_F(GroupApisTest, AMemberJoinsSyncsBeatsAndLeaves) {
  const auto member = be_a_member(*client_);
  EXPECT_TRUE(member.member_id.starts_with("test-"));
  EXPECT_EQ(member.protocol_name, "range");
  ASSERT_THAT(member.members, SizeIs(1));
  wire::HeartbeatRequest beat;
  beat.group_id = "g";
  beat.generation_id = member.generation_id;
  beat.member_id = member.member_id;
  EXPECT_EQ(client_->ask(beat).error_code, KafkaError::kNone);
  EXPECT_EQ(server_->metrics().group_members, 1);
  EXPECT_EQ(leave(member.member_id), KafkaError::kNone);
  EXPECT_EQ(client_->ask(beat).error_code, KafkaError::kUnknownMemberId);
  EXPECT_EQ(server_->metrics().groups, 0);
  EXPECT_EQ(server_->metrics().group_members, 0);
}

TEST_F(GroupApisTest, ASecondMemberMakesTheFirstRejoin) {
  const auto first = be_a_member(*client_);
  TestClient other(*server_);
  const auto told = other.ask(join_request());
  ASSERT_TRUE(other.send(join_request(told.member_id), 9, 100));
  wire::HeartbeatRequest beat;
  beat.group_id = "g";
  beat.generation_id = first.generation_id;
  beat.member_id = first.member_id;
  EXPECT_TRUE(eventually(
      [&] { return client_->ask(beat).error_code == KafkaError::kRebalanceInProgress; }));
  const auto again = client_->ask(join_request(first.member_id));
  EXPECT_EQ(again.generation_id, first.generation_id + 1);
  EXPECT_THAT(again.members, SizeIs(2));
  const auto second = other.receive<wire::JoinGroupRequest>(9, 100);
  EXPECT_EQ(second.leader, first.member_id);
}

TEST_F(GroupApisTest, CommittedOffsetsAreFencedAndSurviveARestart) {
  EXPECT_EQ(committed(1).committed_offset, Offset{-1});
  EXPECT_EQ(commit(commit_request(5)), KafkaError::kNone) << "without a group";
  const auto member = be_a_member(*client_);
  EXPECT_EQ(commit(commit_request(6)), KafkaError::kUnknownMemberId);
  EXPECT_EQ(commit(commit_request(6, member.generation_id + 1, member.member_id)),
            KafkaError::kIllegalGeneration);
  EXPECT_EQ(commit(commit_request(7, member.generation_id, member.member_id)), KafkaError::kNone);
  auto unknown = commit_request(8, member.generation_id, member.member_id);
  unknown.topics[0].partitions[0].partition_index = PartitionId{2};
  EXPECT_EQ(commit(unknown), KafkaError::kUnknownTopicOrPartition);
  auto wordy = commit_request(8, member.generation_id, member.member_id);
  wordy.topics[0].partitions[0].committed_metadata = std::string(5'000, 'x');
  EXPECT_EQ(commit(wordy), KafkaError::kOffsetMetadataTooLarge);
  EXPECT_EQ(committed(1).committed_offset, Offset{7});
  restart();
  EXPECT_EQ(committed(1).committed_offset, Offset{7});
  EXPECT_EQ(committed(1).metadata, "note");
  EXPECT_EQ(committed(0).committed_offset, Offset{-1});
}

TEST_F(GroupApisTest, AllOffsetsOfAGroupAreListedInOldAndNewVersions) {
  ASSERT_EQ(commit(commit_request(3)), KafkaError::kNone);
  wire::OffsetFetchRequest old;
  old.group_id = "g";
  const auto flat = client_->ask(old, 7);
  ASSERT_THAT(flat.topics, SizeIs(1));
  EXPECT_EQ(flat.topics[0].partitions.at(0).committed_offset, Offset{3});
  wire::OffsetFetchRequest request;
  request.groups.resize(1);
  request.groups[0].group_id = "g";
  const auto batched = client_->ask(request, 10);
  ASSERT_THAT(batched.groups.at(0).topics, SizeIs(1));
  EXPECT_FALSE(batched.groups[0].topics[0].topic_id.is_zero());
}

TEST_F(GroupApisTest, ATopicMadeAgainHasNoCommittedOffsets) {
  ASSERT_EQ(commit(commit_request(3)), KafkaError::kNone);
  wire::DeleteTopicsRequest request;
  request.topics.push_back({"t", Uuid{}});
  ASSERT_EQ(client_->ask(request).responses.at(0).error_code, KafkaError::kNone);
  ASSERT_EQ(create_topic(*client_, "t", 2), KafkaError::kNone);
  EXPECT_EQ(committed(1).committed_offset, Offset{-1});
}

TEST_F(GroupApisTest, CoordinatorsAreFoundForGroupsAndRefusedForTransactions) {
  wire::FindCoordinatorRequest request;
  request.coordinator_keys = {"g", ""};
  const auto found = client_->ask(request).coordinators;
  EXPECT_EQ(found.at(0).node_id, 1);
  EXPECT_EQ(found.at(0).port, server_->kafka_port());
  EXPECT_EQ(found.at(1).error_code, KafkaError::kInvalidGroupId);
  request.key_type = 1;
  const auto transactions = client_->ask(request).coordinators;
  EXPECT_EQ(transactions.at(0).port, server_->kafka_port());
  EXPECT_EQ(transactions.at(1).error_code, KafkaError::kInvalidRequest);
  request.key_type = 7;
  EXPECT_EQ(client_->ask(request).coordinators.at(0).error_code, KafkaError::kInvalidRequest);
}

TEST_F(GroupApisTest, ProducerIdsAreNeverTheSame) {
  const auto first = client_->ask(wire::InitProducerIdRequest{});
  const auto second = client_->ask(wire::InitProducerIdRequest{});
  EXPECT_EQ(first.error_code, KafkaError::kNone);
  EXPECT_NE(first.producer_id, second.producer_id);
}

// The smallest request of each API, in each version that is served: an answer of that version.
template <class Request>
void ask_in_all_versions(TestClient& client, Request request = {}) {
  for (auto version = Request::Api::kVersions.first; version <= Request::Api::kVersions.last;
       ++version) {
    SCOPED_TRACE(std::string(Request::Api::kName) + " version " + std::to_string(version));
    client.ask(request, version);
  }
}

TEST_F(GroupApisTest, EveryVersionThatIsAnnouncedIsAnswered) {
  ask_in_all_versions<wire::AddOffsetsToTxnRequest>(*client_);
  ask_in_all_versions<wire::AddPartitionsToTxnRequest>(*client_);
  ask_in_all_versions<wire::ApiVersionsRequest>(*client_);
  ask_in_all_versions<wire::ConsumerGroupDescribeRequest>(*client_);
  ask_in_all_versions<wire::ConsumerGroupHeartbeatRequest>(*client_);
  ask_in_all_versions<wire::CreateTopicsRequest>(*client_);
  ask_in_all_versions<wire::DeleteGroupsRequest>(*client_);
  ask_in_all_versions<wire::DeleteTopicsRequest>(*client_);
  ask_in_all_versions<wire::DescribeConfigsRequest>(*client_);
  ask_in_all_versions<wire::DescribeGroupsRequest>(*client_);
  ask_in_all_versions<wire::DescribeProducersRequest>(*client_);
  ask_in_all_versions<wire::DescribeTransactionsRequest>(*client_);
  ask_in_all_versions<wire::EndTxnRequest>(*client_);
  ask_in_all_versions<wire::FetchRequest>(*client_);
  ask_in_all_versions<wire::FindCoordinatorRequest>(*client_);
  ask_in_all_versions<wire::HeartbeatRequest>(*client_);
  ask_in_all_versions<wire::InitProducerIdRequest>(*client_);
  ask_in_all_versions<wire::JoinGroupRequest>(*client_);
  ask_in_all_versions<wire::LeaveGroupRequest>(*client_);
  ask_in_all_versions<wire::ListGroupsRequest>(*client_);
  ask_in_all_versions<wire::ListOffsetsRequest>(*client_);
  ask_in_all_versions<wire::ListTransactionsRequest>(*client_);
  ask_in_all_versions<wire::MetadataRequest>(*client_);
  ask_in_all_versions<wire::OffsetCommitRequest>(*client_);
  ask_in_all_versions<wire::OffsetDeleteRequest>(*client_);
  ask_in_all_versions<wire::OffsetFetchRequest>(*client_);
  wire::ProduceRequest produce;
  produce.acks = 1;
  ask_in_all_versions<wire::ProduceRequest>(*client_, produce);
  ask_in_all_versions<wire::SyncGroupRequest>(*client_);
  ask_in_all_versions<wire::TxnOffsetCommitRequest>(*client_);
}

}  // namespace
}  // namespace daybook::broker
