// What administrators and their tools ask for, over real sockets.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/report.h"
#include "broker/authorized_operations.h"
#include "broker/test_requests.h"
#include "io/file_system.h"
#include "wire/apis/cluster/alter_partition_reassignments.h"
#include "wire/apis/cluster/describe_cluster.h"
#include "wire/apis/cluster/describe_log_dirs.h"
#include "wire/apis/cluster/elect_leaders.h"
#include "wire/apis/cluster/list_partition_reassignments.h"
#include "wire/apis/records/list_offsets.h"
#include "wire/apis/records/offset_for_leader_epoch.h"
#include "wire/apis/topics/create_partitions.h"
#include "wire/apis/topics/delete_topics.h"
#include "wire/apis/topics/metadata.h"

namespace daybook::broker {
namespace {

using testing::HasSubstr;
using testing::SizeIs;
using wire::KafkaError;

class AdminApisTest : public testing::Test {
 protected:
  AdminApisTest() { start(); }

  void start() {
    client_.reset();
    server_.reset();
    server_ = start_server(test_options(folder_.path()));
    client_ = std::make_unique<TestClient>(*server_);
  }

  wire::CreatePartitionsResponse::Result enlarge(wire::CreatePartitionsRequest::Topic topic,
                                                 bool validate_only = false) {
    wire::CreatePartitionsRequest request;
    request.topics.push_back(std::move(topic));
    request.validate_only = validate_only;
    return client_->ask(request).results.at(0);
  }
  wire::MetadataResponse::Topic metadata(const std::string& name) {
    wire::MetadataRequest request;
    request.topics.emplace();
    request.topics->push_back({Uuid{}, name});
    request.allow_auto_topic_creation = false;
    request.include_topic_authorized_operations = true;
    return client_->ask(request).topics.at(0);
  }

  io::TestFolder folder_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<TestClient> client_;
};

TEST_F(AdminApisTest, AddedPartitionsAreWrittenToAndStay) {
  ASSERT_EQ(create_topic(*client_, "t", 2), KafkaError::kNone);
  ASSERT_EQ(produce(*client_, "t", test_batch({"before"}), PartitionId{1}).error_code,
            KafkaError::kNone);
  EXPECT_EQ(enlarge({"t", 5, std::nullopt}).error_code, KafkaError::kNone);
  EXPECT_EQ(server_->metrics().partitions, 5);
  EXPECT_EQ(produce(*client_, "t", test_batch({"new"}), PartitionId{4}).base_offset, Offset{0});
  EXPECT_EQ(produce(*client_, "t", test_batch({"more"}), PartitionId{1}).base_offset, Offset{1});
  start();
  EXPECT_THAT(metadata("t").partitions, SizeIs(5));
  EXPECT_EQ(produce(*client_, "t", test_batch({"again"}), PartitionId{4}).base_offset, Offset{1});
}

TEST_F(AdminApisTest, PartitionsAreAddedAsAskedOrNotAtAll) {
  ASSERT_EQ(create_topic(*client_, "t", 2), KafkaError::kNone);
  EXPECT_EQ(enlarge({"none", 3, std::nullopt}).error_code, KafkaError::kUnknownTopicOrPartition);
  for (const std::int32_t count : {-1, 0, 1, 2, 100'000}) {
    EXPECT_EQ(enlarge({"t", count, std::nullopt}).error_code, KafkaError::kInvalidPartitions);
  }
  using Assignments = std::vector<wire::CreatePartitionsRequest::Assignment>;
  for (const Assignments& bad : {Assignments{}, Assignments{{{1}}}, Assignments{{{1}}, {{2}}},
                                 Assignments{{{1}}, {{1, 1}}}, Assignments{{{1}}, {}}}) {
    EXPECT_EQ(enlarge({"t", 4, bad}).error_code, KafkaError::kInvalidReplicaAssignment);
  }
  EXPECT_EQ(enlarge({"t", 4, Assignments{{{1}}, {{1}}}}, true).error_code, KafkaError::kNone);
  EXPECT_THAT(metadata("t").partitions, SizeIs(2));
  EXPECT_EQ(enlarge({"t", 4, Assignments{{{1}}, {{1}}}}).error_code, KafkaError::kNone);
  EXPECT_THAT(metadata("t").partitions, SizeIs(4));
  wire::CreatePartitionsRequest twice;
  twice.topics = {{"t", 8, std::nullopt}, {"t", 9, std::nullopt}};
  for (const auto& each : client_->ask(twice).results) {
    EXPECT_EQ(each.error_code, KafkaError::kInvalidRequest);
  }
}

TEST_F(AdminApisTest, AssignedReplicasAreTakenIfTheyCanBe) {
  const auto create = [&](std::vector<wire::CreateTopicsRequest::Assignment> assignments,
                          std::int32_t partitions = -1) {
    wire::CreateTopicsRequest request;
    request.topics.emplace_back();
    request.topics[0].name = "t";
    request.topics[0].num_partitions = partitions;
    request.topics[0].replication_factor = -1;
    request.topics[0].assignments = std::move(assignments);
    return client_->ask(request).topics.at(0).error_code;
  };
  EXPECT_EQ(create({{PartitionId{0}, {2}}}), KafkaError::kInvalidReplicaAssignment);
  EXPECT_EQ(create({{PartitionId{1}, {1}}}), KafkaError::kInvalidReplicaAssignment);
  EXPECT_EQ(create({{PartitionId{0}, {1}}, {PartitionId{0}, {1}}}),
            KafkaError::kInvalidReplicaAssignment);
  EXPECT_EQ(create({{PartitionId{0}, {1}}}, 1), KafkaError::kInvalidRequest);
  EXPECT_EQ(create({{PartitionId{1}, {1}}, {PartitionId{0}, {1}}}), KafkaError::kNone);
  EXPECT_THAT(metadata("t").partitions, SizeIs(2));
}

TEST_F(AdminApisTest, ATopicIsNamedByNameOrById) {
  ASSERT_EQ(create_topic(*client_, "t"), KafkaError::kNone);
  wire::DeleteTopicsRequest request;
  request.topics = {{std::nullopt, Uuid{}}, {"t", metadata("t").topic_id}};
  for (const auto& each : client_->ask(request).responses) {
    EXPECT_EQ(each.error_code, KafkaError::kInvalidRequest);
  }
  EXPECT_EQ(metadata("t").error_code, KafkaError::kNone);
}

TEST_F(AdminApisTest, TheClusterIsThisNode) {
  wire::DescribeClusterRequest request;
  request.include_cluster_authorized_operations = true;
  const auto cluster = client_->ask(request);
  EXPECT_EQ(cluster.error_code, KafkaError::kNone);
  EXPECT_EQ(cluster.cluster_id, to_string(server_->cluster_id()));
  EXPECT_EQ(cluster.controller_id, 1);
  ASSERT_THAT(cluster.brokers, SizeIs(1));
  EXPECT_EQ(cluster.brokers[0].port, server_->kafka_port());
  EXPECT_EQ(cluster.cluster_authorized_operations, kClusterOperations);
  request.endpoint_type = 2;
  EXPECT_EQ(client_->ask(request).error_code, KafkaError::kMismatchedEndpointType);
  request.endpoint_type = 9;
  EXPECT_EQ(client_->ask(request).error_code, KafkaError::kUnsupportedEndpointType);
}

TEST_F(AdminApisTest, TheLogsFolderIsMeasured) {
  ASSERT_EQ(create_topic(*client_, "t", 2), KafkaError::kNone);
  ASSERT_EQ(create_topic(*client_, "u"), KafkaError::kNone);
  const Bytes batch = test_batch({"a"});
  ASSERT_EQ(produce(*client_, "t", batch, PartitionId{1}).error_code, KafkaError::kNone);
  wire::DescribeLogDirsRequest request;
  const auto all = client_->ask(request).results.at(0);
  EXPECT_EQ(all.error_code, KafkaError::kNone);
  EXPECT_EQ(all.log_dir, folder_.path() + "/log");
  EXPECT_GE(all.total_bytes, all.usable_bytes);
  EXPECT_GT(all.usable_bytes, 0);
  ASSERT_THAT(all.topics, SizeIs(2));
  ASSERT_THAT(all.topics[0].partitions, SizeIs(2));
  EXPECT_EQ(all.topics[0].partitions[0].partition_size, 0);
  EXPECT_EQ(all.topics[0].partitions[1].partition_size, std::ssize(batch));
  request.topics.emplace();
  request.topics->push_back({"t", {PartitionId{1}, PartitionId{9}}});
  request.topics->push_back({"none", {PartitionId{0}}});
  const auto some = client_->ask(request).results.at(0);
  ASSERT_THAT(some.topics, SizeIs(1));
  EXPECT_THAT(some.topics[0].partitions, SizeIs(1));
}

TEST_F(AdminApisTest, EverythingIsAllowedAndSaidToBeWhereItIsAsked) {
  ASSERT_EQ(create_topic(*client_, "t"), KafkaError::kNone);
  EXPECT_EQ(metadata("t").topic_authorized_operations, kTopicOperations);
}

TEST_F(AdminApisTest, TheCurrentEpochEndsWhereTheLogDoes) {
  ASSERT_EQ(create_topic(*client_, "t"), KafkaError::kNone);
  ASSERT_EQ(produce(*client_, "t", test_batch({"a", "b"})).error_code, KafkaError::kNone);
  const auto ask = [&](const char* topic, std::int32_t epoch, std::int32_t current = -1) {
    wire::OffsetForLeaderEpochRequest request;
    request.topics.push_back({topic, {{PartitionId{0}, LeaderEpoch{current}, LeaderEpoch{epoch}}}});
    return client_->ask(request).topics.at(0).partitions.at(0);
  };
  EXPECT_EQ(ask("t", 0).end_offset, Offset{2});
  EXPECT_EQ(ask("t", 0).leader_epoch, LeaderEpoch{0});
  EXPECT_EQ(ask("t", 7).end_offset, Offset{-1});
  EXPECT_EQ(ask("t", 7).error_code, KafkaError::kNone);
  EXPECT_EQ(ask("t", 0, 3).error_code, KafkaError::kUnknownLeaderEpoch);
  EXPECT_EQ(ask("none", 0).error_code, KafkaError::kUnknownTopicOrPartition);
}

TEST_F(AdminApisTest, PartitionsAreWhereTheyAre) {
  ASSERT_EQ(create_topic(*client_, "t"), KafkaError::kNone);
  const auto move = [&](std::int32_t partition, std::optional<std::vector<std::int32_t>> nodes) {
    wire::AlterPartitionReassignmentsRequest request;
    request.topics.push_back({"t", {{PartitionId{partition}, std::move(nodes)}}});
    return client_->ask(request).responses.at(0).partitions.at(0).error_code;
  };
  EXPECT_EQ(move(0, {{1}}), KafkaError::kNone);
  EXPECT_EQ(move(0, {{2}}), KafkaError::kInvalidReplicaAssignment);
  EXPECT_EQ(move(0, {{}}), KafkaError::kInvalidReplicaAssignment);
  EXPECT_EQ(move(0, std::nullopt), KafkaError::kNoReassignmentInProgress);
  EXPECT_EQ(move(5, {{1}}), KafkaError::kUnknownTopicOrPartition);
  const auto listed = client_->ask(wire::ListPartitionReassignmentsRequest());
  EXPECT_EQ(listed.error_code, KafkaError::kNone);
  EXPECT_THAT(listed.topics, SizeIs(0));
}

TEST_F(AdminApisTest, NoLeaderIsElectedForAPartitionThatHasOne) {
  ASSERT_EQ(create_topic(*client_, "t", 2), KafkaError::kNone);
  for (const std::int8_t type : {0, 1}) {
    wire::ElectLeadersRequest request{.election_type = type};
    EXPECT_THAT(client_->ask(request).replica_election_results, SizeIs(0));
    request.topic_partitions = {{"t", {PartitionId{1}, PartitionId{2}}}, {"u", {PartitionId{0}}}};
    const auto elected = client_->ask(request).replica_election_results;
    EXPECT_EQ(elected.at(0).partition_result.at(0).error_code, KafkaError::kElectionNotNeeded);
    EXPECT_EQ(elected.at(0).partition_result.at(1).error_code,
              KafkaError::kUnknownTopicOrPartition);
    EXPECT_EQ(elected.at(1).partition_result.at(0).error_code,
              KafkaError::kUnknownTopicOrPartition);
  }
  EXPECT_EQ(client_->ask(wire::ElectLeadersRequest{.election_type = 2}).error_code,
            KafkaError::kInvalidRequest);
}

TEST_F(AdminApisTest, APartitionThatDidNotOpenHasNoLeader) {
  ASSERT_EQ(create_topic(*client_, "t", 2), KafkaError::kNone);
  for (const char* value : {"a", "b"}) produce(*client_, "t", test_batch({value}), PartitionId{1});
  client_.reset();
  server_.reset();
  io::FileSystem& files = io::real_file_system();
  const std::string folder = folder_.path() + "/log/t-1/";
  const auto entries = files.list(folder);
  ASSERT_TRUE(entries);
  for (const auto& entry : *entries) {
    if (!entry.name.ends_with(".snapshot")) continue;
    ASSERT_TRUE(files.remove(folder + entry.name));
  }
  {
    const auto damaged = files.open(folder + "00000000000000000000.log", io::OpenMode::kWrite);
    ASSERT_TRUE((*damaged)->write_at(30, as_bytes("damage")));
  }
  const ScopedReportSink quiet([](Severity, std::string_view, std::string_view) {});
  start();
  const auto elected = client_->ask(wire::ElectLeadersRequest()).replica_election_results;
  ASSERT_THAT(elected, SizeIs(1));
  ASSERT_THAT(elected[0].partition_result, SizeIs(1));
  EXPECT_EQ(elected[0].partition_result[0].partition_id, PartitionId{1});
  EXPECT_EQ(elected[0].partition_result[0].error_code, KafkaError::kPreferredLeaderNotAvailable);
}

TEST_F(AdminApisTest, TimesThatMeanAPlaceAreKnownFromTheirVersionOn) {
  ASSERT_EQ(create_topic(*client_, "t"), KafkaError::kNone);
  const auto ask = [&](std::int64_t time, std::int16_t version) {
    wire::ListOffsetsRequest request;
    request.topics.push_back({"t", {{PartitionId{0}, kNoEpoch, TimestampMs{time}}}});
    return client_->ask(request, version).topics.at(0).partitions.at(0);
  };
  for (const std::int64_t time : {-1, -2, 1000}) {
    EXPECT_EQ(ask(time, 1).error_code, KafkaError::kNone) << time;
  }
  const std::pair<std::int64_t, std::int16_t> first[] = {{-3, 7}, {-4, 8}, {-5, 9}, {-6, 11}};
  for (const auto& [time, version] : first) {
    EXPECT_EQ(ask(time, version).error_code, KafkaError::kNone) << time;
    EXPECT_EQ(ask(time, static_cast<std::int16_t>(version - 1)).error_code,
              KafkaError::kUnsupportedVersion)
        << time;
  }
  EXPECT_EQ(ask(-7, 11).error_code, KafkaError::kUnsupportedVersion);
  // What is not there has no epoch either.
  EXPECT_EQ(ask(1000, 11).offset, Offset{-1});
  EXPECT_EQ(ask(1000, 11).leader_epoch, kNoEpoch);
  ASSERT_EQ(produce(*client_, "t", test_batch({"a"})).error_code, KafkaError::kNone);
  EXPECT_EQ(ask(1000, 11).offset, Offset{0});
  EXPECT_EQ(ask(-3, 11).timestamp, TimestampMs{1000});
}

}  // namespace
}  // namespace daybook::broker
