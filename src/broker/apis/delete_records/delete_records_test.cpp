// Deleting records, over real sockets.

#include "wire/apis/records/delete_records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/report.h"
#include "broker/test_requests.h"
#include "wire/apis/records/list_offsets.h"

namespace daybook::broker {
namespace {

using testing::ElementsAre;
using wire::KafkaError;

class DeleteRecordsTest : public testing::Test {
 protected:
  DeleteRecordsTest() : server_(start_server(test_options(folder_.path()))), client_(*server_) {
    EXPECT_EQ(create_topic(client_, "t", 2), KafkaError::kNone);
    for (const char* value : {"a", "b", "c", "d"}) produce(client_, "t", test_batch({value}));
  }

  wire::DeleteRecordsResponse::Partition remove(std::int64_t before, std::int32_t partition = 0,
                                                const std::string& topic = "t") {
    wire::DeleteRecordsRequest request;
    request.topics.push_back({topic, {{PartitionId{partition}, Offset{before}}}});
    return client_.ask(request).topics.at(0).partitions.at(0);
  }

  Offset earliest() {
    wire::ListOffsetsRequest request;
    request.topics.resize(1);
    request.topics[0].name = "t";
    wire::ListOffsetsRequest::Partition partition;
    partition.timestamp = TimestampMs{-2};
    request.topics[0].partitions.push_back(partition);
    return client_.ask(request).topics.at(0).partitions.at(0).offset;
  }

  ScopedReportSink quiet_{[](Severity, std::string_view, std::string_view) {}};
  io::TestFolder folder_;
  std::unique_ptr<Server> server_;
  TestClient client_;
};

TEST_F(DeleteRecordsTest, WhatIsBelowTheOffsetIsGone) {
  const auto answer = remove(2);
  EXPECT_EQ(answer.error_code, KafkaError::kNone);
  EXPECT_EQ(answer.low_watermark, Offset{2});
  EXPECT_EQ(earliest(), Offset{2});
  const auto below = client_.ask(fetch_request("t", Offset{1}), kByName);
  EXPECT_EQ(below.responses.at(0).partitions.at(0).error_code, KafkaError::kOffsetOutOfRange);
  const auto rest = client_.ask(fetch_request("t", Offset{2}), kByName);
  EXPECT_THAT(values_in(rest), ElementsAre("c", "d"));
  EXPECT_EQ(rest.responses.at(0).partitions.at(0).log_start_offset, Offset{2});
  EXPECT_EQ(produce(client_, "t", test_batch({"e"})).log_start_offset, Offset{2});
}

TEST_F(DeleteRecordsTest, MinusOneIsTheHighWatermark) {
  EXPECT_EQ(remove(-1).low_watermark, Offset{4});
  EXPECT_EQ(earliest(), Offset{4});
}

TEST_F(DeleteRecordsTest, ALowerOffsetChangesNothing) {
  EXPECT_EQ(remove(3).low_watermark, Offset{3});
  EXPECT_EQ(remove(1).low_watermark, Offset{3});
  EXPECT_EQ(remove(0).error_code, KafkaError::kNone);
}

TEST_F(DeleteRecordsTest, WhatCannotBeDeletedIsRefused) {
  EXPECT_EQ(remove(5).error_code, KafkaError::kOffsetOutOfRange);
  EXPECT_EQ(remove(5).low_watermark, Offset{-1});
  EXPECT_EQ(remove(-2).error_code, KafkaError::kOffsetOutOfRange);
  EXPECT_EQ(remove(0, 7).error_code, KafkaError::kUnknownTopicOrPartition);
  EXPECT_EQ(remove(0, 0, "nobody").error_code, KafkaError::kUnknownTopicOrPartition);
  EXPECT_EQ(earliest(), Offset{0});
}

TEST_F(DeleteRecordsTest, OnlyTombstonesDeleteFromACompactedTopic) {
  wire::CreateTopicsRequest request;
  wire::CreateTopicsRequest::Topic topic;
  topic.name = "compacted";
  topic.num_partitions = 1;
  topic.replication_factor = 1;
  topic.configs.push_back({"cleanup.policy", "compact"});
  request.topics.push_back(std::move(topic));
  ASSERT_EQ(client_.ask(request).topics.at(0).error_code, KafkaError::kNone);
  EXPECT_EQ(remove(0, 0, "compacted").error_code, KafkaError::kPolicyViolation);
}

TEST_F(DeleteRecordsTest, EachPartitionIsAnsweredInItsPlace) {
  wire::DeleteRecordsRequest request;
  request.topics.push_back({"t", {{PartitionId{1}, Offset{9}}, {PartitionId{0}, Offset{1}}}});
  request.topics.push_back({"nobody", {{PartitionId{0}, Offset{0}}}});
  const auto response = client_.ask(request);
  ASSERT_EQ(response.topics.size(), 2u);
  EXPECT_EQ(response.topics[0].partitions.at(0).partition_index, PartitionId{1});
  EXPECT_EQ(response.topics[0].partitions.at(0).error_code, KafkaError::kOffsetOutOfRange);
  EXPECT_EQ(response.topics[0].partitions.at(1).low_watermark, Offset{1});
  EXPECT_EQ(response.topics[1].name, "nobody");
  EXPECT_EQ(response.topics[1].partitions.at(0).error_code, KafkaError::kUnknownTopicOrPartition);
}

TEST_F(DeleteRecordsTest, IsDurableWhenItIsAnswered) {
  EXPECT_EQ(remove(3).low_watermark, Offset{3});
  server_ = nullptr;
  server_ = start_server(test_options(folder_.path()));
  TestClient again(*server_);
  const auto below = again.ask(fetch_request("t", Offset{2}), kByName);
  EXPECT_EQ(below.responses.at(0).partitions.at(0).error_code, KafkaError::kOffsetOutOfRange);
}

}  // namespace
}  // namespace daybook::broker
