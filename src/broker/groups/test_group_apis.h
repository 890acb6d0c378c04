// For tests: a server with a topic, and what members of a group and tools ask of it.

#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "broker/test_requests.h"
#include "wire/apis/groups/join_group.h"
#include "wire/apis/groups/leave_group.h"
#include "wire/apis/groups/offset_commit.h"
#include "wire/apis/groups/offset_fetch.h"
#include "wire/apis/groups/sync_group.h"

namespace daybook::broker {

using wire::KafkaError;

class GroupApisTest : public testing::Test {
 protected:
  explicit GroupApisTest(ServerOptions options = {}) : options_(std::move(options)) {
    start();
    EXPECT_EQ(create_topic(*client_, "t", 2), KafkaError::kNone);
  }
  void start() {
    options_.data_folder = folder_.path();
    options_.kafka_listen = "127.0.0.1:0";
    options_.io_threads = 2;
    server_ = start_server(options_);
    client_ = std::make_unique<TestClient>(*server_);
  }
  void restart() {
    client_.reset();
    server_.reset();
    start();
  }

  static wire::JoinGroupRequest join_request(const std::string& member_id = "") {
    wire::JoinGroupRequest request;
    request.group_id = "g";
    request.session_timeout_ms = 10'000;
    request.rebalance_timeout_ms = 10'000;
    request.member_id = member_id;
    request.protocol_type = "consumer";
    request.protocols.push_back({"range", to_bytes(as_bytes("topics"))});
    return request;
  }

  // Joins alone and becomes stable.
  wire::JoinGroupResponse be_a_member(TestClient& client, wire::JoinGroupRequest request) {
    const auto told = client.ask(request);
    EXPECT_EQ(told.error_code, KafkaError::kMemberIdRequired);
    request.member_id = told.member_id;
    const auto joined = client.ask(request);
    EXPECT_EQ(joined.error_code, KafkaError::kNone);
    wire::SyncGroupRequest sync;
    sync.group_id = "g";
    sync.generation_id = joined.generation_id;
    sync.member_id = joined.member_id;
    sync.assignments.push_back({joined.member_id, to_bytes(as_bytes("everything"))});
    const auto synced = client.ask(sync);
    EXPECT_EQ(synced.error_code, KafkaError::kNone);
    EXPECT_EQ(as_text(synced.assignment), "everything");
    return joined;
  }
  wire::JoinGroupResponse be_a_member(TestClient& client) {
    return be_a_member(client, join_request());
  }
  KafkaError leave(const std::string& member_id) {
    wire::LeaveGroupRequest leave;
    leave.group_id = "g";
    leave.members.push_back({member_id, std::nullopt, std::nullopt});
    return client_->ask(leave).members.at(0).error_code;
  }

  static wire::OffsetCommitRequest commit_request(std::int64_t offset, std::int32_t generation = -1,
                                                  const std::string& member = "") {
    wire::OffsetCommitRequest request;
    request.group_id = "g";
    request.generation_id_or_member_epoch = generation;
    request.member_id = member;
    request.topics.resize(1);
    request.topics[0].name = "t";
    wire::OffsetCommitRequest::Partition partition;
    partition.partition_index = PartitionId{1};
    partition.committed_offset = Offset{offset};
    partition.committed_metadata = "note";
    request.topics[0].partitions.push_back(partition);
    return request;
  }

  static constexpr std::int16_t kCommitByName = 9;

  KafkaError commit(const wire::OffsetCommitRequest& request) {
    return client_->ask(request, kCommitByName).topics.at(0).partitions.at(0).error_code;
  }

  wire::OffsetFetchResponse::GroupPartition committed(std::int32_t partition) {
    wire::OffsetFetchRequest request;
    request.groups.resize(1);
    request.groups[0].group_id = "g";
    request.groups[0].topics.emplace(1);
    request.groups[0].topics->at(0).name = "t";
    request.groups[0].topics->at(0).partition_indexes = {PartitionId{partition}};
    return client_->ask(request, 9).groups.at(0).topics.at(0).partitions.at(0);
  }

  io::TestFolder folder_;
  ServerOptions options_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<TestClient> client_;
};

}  // namespace daybook::broker
