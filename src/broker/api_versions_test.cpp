// What is offered to clients, against what Apache Kafka 4.2 offers them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "broker/test_requests.h"
#include "wire/apis/cluster/alter_configs.h"
#include "wire/apis/cluster/alter_partition_reassignments.h"
#include "wire/apis/cluster/api_versions.h"
#include "wire/apis/cluster/describe_cluster.h"
#include "wire/apis/cluster/describe_log_dirs.h"
#include "wire/apis/cluster/elect_leaders.h"
#include "wire/apis/cluster/incremental_alter_configs.h"
#include "wire/apis/cluster/list_config_resources.h"
#include "wire/apis/cluster/list_partition_reassignments.h"
#include "wire/apis/records/offset_for_leader_epoch.h"
#include "wire/apis/topics/create_partitions.h"

namespace daybook::broker {
namespace {

using Range = std::pair<int, int>;

// Kafka's ranges, for all that a log of one node without security and share groups has.
const std::map<int, Range> kKafkasRanges = {
    {0, {0, 13}},  // Produce: a minimum above 0 makes older clients drop compression
    {1, {4, 18}},  // Fetch
    {2, {1, 11}},  // ListOffsets
    {3, {0, 13}},  // Metadata
    {8, {2, 10}},  // OffsetCommit
    {9, {1, 10}},  // OffsetFetch
    {10, {0, 6}},  // FindCoordinator
    {11, {0, 9}},  // JoinGroup
    {12, {0, 4}},  // Heartbeat
    {13, {0, 5}},  // LeaveGroup
    {14, {0, 5}},  // SyncGroup
    {15, {0, 6}},  // DescribeGroups
    {16, {0, 5}},  // ListGroups
    {18, {0, 4}},  // ApiVersions
    {19, {2, 7}},  // CreateTopics
    {20, {1, 6}},  // DeleteTopics
    {21, {0, 2}},  // DeleteRecords
    {22, {0, 5}},  // InitProducerId
    {23, {2, 4}},  // OffsetForLeaderEpoch
    {24, {0, 5}},  // AddPartitionsToTxn
    {25, {0, 4}},  // AddOffsetsToTxn
    {26, {0, 5}},  // EndTxn
    {28, {0, 5}},  // TxnOffsetCommit
    {32, {1, 4}},  // DescribeConfigs
    {33, {0, 2}},  // AlterConfigs
    {35, {1, 4}},  // DescribeLogDirs
    {37, {0, 3}},  // CreatePartitions
    {42, {0, 2}},  // DeleteGroups
    {43, {0, 2}},  // ElectLeaders
    {44, {0, 1}},  // IncrementalAlterConfigs
    {45, {0, 1}},  // AlterPartitionReassignments
    {46, {0, 0}},  // ListPartitionReassignments
    {47, {0, 0}},  // OffsetDelete
    {60, {0, 2}},  // DescribeCluster
    {61, {0, 0}},  // DescribeProducers
    {65, {0, 0}},  // DescribeTransactions
    {66, {0, 2}},  // ListTransactions
    {68, {0, 1}},  // ConsumerGroupHeartbeat
    {69, {0, 1}},  // ConsumerGroupDescribe
    {74, {0, 1}},  // ListConfigResources
    {88, {0, 0}},  // StreamsGroupHeartbeat
    {89, {0, 0}},  // StreamsGroupDescribe
};

class ApiVersionsTest : public testing::Test {
 protected:
  ApiVersionsTest() : server_(start_server(test_options(folder_.path()))), client_(*server_) {}

  io::TestFolder folder_;
  std::unique_ptr<Server> server_;
  TestClient client_;
};

TEST_F(ApiVersionsTest, WhatIsOfferedHasTheRangesThatKafkaOffers) {
  for (std::int16_t version = 0; version <= 4; ++version) {
    const auto answer = client_.ask(wire::ApiVersionsRequest(), version);
    EXPECT_EQ(answer.error_code, wire::KafkaError::kNone);
    EXPECT_THAT(answer.api_keys, testing::SizeIs(kKafkasRanges.size()));
    for (const auto& offered : answer.api_keys) {
      const auto expected = kKafkasRanges.find(offered.api_key);
      ASSERT_NE(expected, kKafkasRanges.end()) << "API " << offered.api_key;
      EXPECT_EQ(Range(offered.min_version, offered.max_version), expected->second)
          << "API " << offered.api_key;
    }
  }
}

TEST_F(ApiVersionsTest, EveryVersionOfWhatAdministratorsAskForIsAnswered) {
  const auto ask = [&]<class Request>(const Request& request) {
    const wire::VersionRange range = Request::Api::kVersions;
    for (std::int16_t version = range.first; version <= range.last; ++version) {
      const std::string what =
          std::string(Request::Api::kName) + " version " + std::to_string(version);
      SCOPED_TRACE(what);
      client_.ask(request, version);
    }
  };
  ask(wire::AlterConfigsRequest());
  ask(wire::AlterPartitionReassignmentsRequest());
  ask(wire::CreatePartitionsRequest());
  ask(wire::DescribeClusterRequest());
  ask(wire::DescribeLogDirsRequest());
  ask(wire::ElectLeadersRequest());
  ask(wire::IncrementalAlterConfigsRequest());
  ask(wire::ListConfigResourcesRequest());
  ask(wire::ListPartitionReassignmentsRequest());
  ask(wire::OffsetForLeaderEpochRequest());
}

TEST_F(ApiVersionsTest, TheFeaturesInForceAreToldWithTheirLevels) {
  const auto answer = client_.ask(wire::ApiVersionsRequest());
  EXPECT_EQ(answer.finalized_features_epoch, 0);
  std::map<std::string, int> levels;
  for (const auto& each : answer.finalized_features) levels[each.name] = each.max_version_level;
  EXPECT_EQ(levels.at("metadata.version"), 29);
  EXPECT_EQ(levels.at("group.version"), 1);
  EXPECT_EQ(levels.at("streams.version"), 1);
  for (const auto& [name, level] : levels) {
    const auto supported = std::ranges::find(answer.supported_features, name,
                                             [](const auto& each) { return each.name; });
    ASSERT_NE(supported, answer.supported_features.end()) << name;
    EXPECT_LE(level, supported->max_version) << name;
  }
  // Older clients take a feature that begins at level 0 for a broken answer.
  for (const auto& each : client_.ask(wire::ApiVersionsRequest(), 3).supported_features) {
    EXPECT_GE(each.min_version, 1) << each.name;
  }
}

}  // namespace
}  // namespace daybook::broker
