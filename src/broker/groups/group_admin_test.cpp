// What tools ask about groups, how groups end, and what a restart leaves of them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/groups/test_group_apis.h"
#include "wire/apis/groups/delete_groups.h"
#include "wire/apis/groups/describe_groups.h"
#include "wire/apis/groups/heartbeat.h"
#include "wire/apis/groups/list_groups.h"
#include "wire/apis/groups/offset_delete.h"

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

class GroupAdminTest : public GroupApisTest {
 protected:
  using GroupApisTest::GroupApisTest;

  wire::JoinGroupResponse consume_t() {
    auto request = join_request();
    request.protocols.at(0).metadata = reads_t();
    return be_a_member(*client_, request);
  }

  std::vector<std::string> list(const std::vector<std::string>& states = {},
                                const std::vector<std::string>& types = {}) {
    std::vector<std::string> lines;
    const auto answer =
        client_->ask(wire::ListGroupsRequest{.states_filter = states, .types_filter = types});
    for (const auto& group : answer.groups) {
      lines.push_back(group.group_id + " " + group.protocol_type + " " + group.group_state + " " +
                      group.group_type);
    }
    return lines;
  }
  wire::DescribeGroupsResponse::Group describe(const std::string& group, std::int16_t version = 6) {
    wire::DescribeGroupsRequest request;
    request.groups = {group};
    return client_->ask(request, version).groups.at(0);
  }
  KafkaError remove(const std::string& group) {
    wire::DeleteGroupsRequest request;
    request.groups_names = {group};
    return client_->ask(request).results.at(0).error_code;
  }
  wire::OffsetDeleteResponse remove_offset(const std::string& topic, std::int32_t partition) {
    wire::OffsetDeleteRequest request;
    request.group_id = "g";
    request.topics.resize(1);
    request.topics[0].name = topic;
    request.topics[0].partitions.push_back({PartitionId{partition}});
    return client_->ask(request);
  }
  static KafkaError only_error(const wire::OffsetDeleteResponse& response) {
    return response.topics.at(0).partitions.at(0).error_code;
  }
};

TEST_F(GroupAdminTest, AGroupWithOffsetsAloneIsListedAsEmpty) {
  EXPECT_THAT(list(), IsEmpty());
  ASSERT_EQ(commit(commit_request(3)), KafkaError::kNone);
  EXPECT_THAT(list(), ElementsAre("g  Empty classic"));
  EXPECT_EQ(describe("g").group_state, "Empty");
  EXPECT_EQ(describe("g").error_code, KafkaError::kNone);
}

TEST_F(GroupAdminTest, ListsAreFilteredByStateAndTypeInAnyCase) {
  consume_t();
  EXPECT_THAT(list(), ElementsAre("g consumer Stable classic"));
  EXPECT_THAT(list({"stable"}), SizeIs(1));
  EXPECT_THAT(list({"Empty", "Dead"}), IsEmpty());
  EXPECT_THAT(list({}, {"Classic"}), SizeIs(1));
  EXPECT_THAT(list({}, {"consumer"}), IsEmpty());
}

TEST_F(GroupAdminTest, AStableGroupIsDescribedWithItsMembers) {
  const auto joined = consume_t();
  const auto group = describe("g");
  EXPECT_EQ(group.group_state, "Stable");
  EXPECT_EQ(group.protocol_type, "consumer");
  EXPECT_EQ(group.protocol_data, "range");
  EXPECT_EQ(group.authorized_operations, std::numeric_limits<std::int32_t>::min());
  ASSERT_THAT(group.members, SizeIs(1));
  EXPECT_EQ(group.members[0].member_id, joined.member_id);
  EXPECT_EQ(group.members[0].client_id, "test");
  EXPECT_EQ(group.members[0].client_host, "/127.0.0.1");
  EXPECT_EQ(group.members[0].member_metadata, reads_t());
  EXPECT_EQ(as_text(group.members[0].member_assignment), "everything");
}

TEST_F(GroupAdminTest, AGroupThatIsNotThereIsDeadOrNotFound) {
  EXPECT_EQ(describe("nobody", 5).group_state, "Dead");
  EXPECT_EQ(describe("nobody", 5).error_code, KafkaError::kNone);
  EXPECT_EQ(describe("nobody").error_code, KafkaError::kGroupIdNotFound);
  EXPECT_EQ(describe("nobody").error_message, "Group nobody not found.");
  EXPECT_EQ(remove("nobody"), KafkaError::kGroupIdNotFound);
  EXPECT_EQ(remove_offset("t", 0).error_code, KafkaError::kGroupIdNotFound);
}

TEST_F(GroupAdminTest, TheOperationsAreToldIfTheyAreAskedFor) {
  ASSERT_EQ(commit(commit_request(3)), KafkaError::kNone);
  wire::DescribeGroupsRequest request;
  request.groups = {"g", "g"};
  request.include_authorized_operations = true;
  const auto groups = client_->ask(request).groups;
  ASSERT_THAT(groups, SizeIs(1)) << "named twice is described once";
  EXPECT_EQ(groups[0].authorized_operations, 3400);  // as Kafka 4.2 answers without an authorizer
}

TEST_F(GroupAdminTest, AGroupIsDeletedForGoodOnceItIsEmpty) {
  const auto joined = consume_t();
  ASSERT_EQ(commit(commit_request(3, joined.generation_id, joined.member_id)), KafkaError::kNone);
  EXPECT_EQ(remove("g"), KafkaError::kNonEmptyGroup);
  ASSERT_EQ(leave(joined.member_id), KafkaError::kNone);
  EXPECT_EQ(describe("g").group_state, "Empty");
  EXPECT_EQ(remove("g"), KafkaError::kNone);
  EXPECT_THAT(list(), IsEmpty());
  EXPECT_EQ(committed(1).committed_offset, Offset{-1});
  restart();
  EXPECT_THAT(list(), IsEmpty());
  EXPECT_EQ(committed(1).committed_offset, Offset{-1});
}

TEST_F(GroupAdminTest, OffsetsThatAMemberReadsAreNotDeleted) {
  const auto joined = consume_t();
  ASSERT_EQ(create_topic(*client_, "other"), KafkaError::kNone);
  ASSERT_EQ(commit(commit_request(3, joined.generation_id, joined.member_id)), KafkaError::kNone);
  EXPECT_EQ(only_error(remove_offset("t", 1)), KafkaError::kGroupSubscribedToTopic);
  EXPECT_EQ(only_error(remove_offset("other", 0)), KafkaError::kNone);
  EXPECT_EQ(only_error(remove_offset("t", 2)), KafkaError::kUnknownTopicOrPartition);
  EXPECT_EQ(only_error(remove_offset("nothing", 0)), KafkaError::kUnknownTopicOrPartition);
  ASSERT_EQ(leave(joined.member_id), KafkaError::kNone);
  EXPECT_EQ(only_error(remove_offset("t", 1)), KafkaError::kNone);
  EXPECT_EQ(committed(1).committed_offset, Offset{-1});
}

TEST_F(GroupAdminTest, OffsetsOfAGroupOfSomethingElseAreNotDeletedWhileItHasMembers) {
  auto request = join_request();
  request.protocol_type = "connect";
  be_a_member(*client_, request);
  EXPECT_EQ(remove_offset("t", 1).error_code, KafkaError::kNonEmptyGroup);
}

TEST_F(GroupAdminTest, MembersGoOnInTheirGenerationAfterARestart) {
  const auto before = be_a_member(*client_);
  restart();
  EXPECT_THAT(list(), ElementsAre("g consumer Stable classic"));
  wire::HeartbeatRequest beat;
  beat.group_id = "g";
  beat.generation_id = before.generation_id;
  beat.member_id = before.member_id;
  EXPECT_EQ(client_->ask(beat).error_code, KafkaError::kNone);
  EXPECT_EQ(commit(commit_request(1, before.generation_id, before.member_id)), KafkaError::kNone);
}

}  // namespace
}  // namespace daybook::broker
