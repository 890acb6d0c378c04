// Producing and fetching, over real sockets.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/report.h"
#include "broker/test_requests.h"
#include "wire/apis/cluster/describe_configs.h"
#include "wire/apis/records/list_offsets.h"
#include "wire/apis/topics/metadata.h"
#include "wire/apis/transactions/init_producer_id.h"

namespace daybook::broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using wire::KafkaError;

class RecordsTest : public testing::Test {
 protected:
  RecordsTest() : server_(start_server(test_options(folder_.path()))), client_(*server_) {
    EXPECT_EQ(create_topic(client_, "t", 2), KafkaError::kNone);
  }

  KafkaError create_with(const std::string& name, const std::string& config,
                         const std::string& value) {
    wire::CreateTopicsRequest request;
    wire::CreateTopicsRequest::Topic topic;
    topic.name = name;
    topic.num_partitions = 1;
    topic.replication_factor = 1;
    topic.configs.push_back({config, value});
    request.topics.push_back(std::move(topic));
    return client_.ask(request).topics.at(0).error_code;
  }

  wire::FetchResponse::Partition fetch(Offset from, std::int32_t max_wait_ms = 0) {
    return client_.ask(fetch_request("t", from, max_wait_ms), kByName)
        .responses.at(0)
        .partitions.at(0);
  }

  wire::ListOffsetsResponse::Partition list_offset(std::int64_t time) {
    wire::ListOffsetsRequest request;
    request.topics.resize(1);
    request.topics[0].name = "t";
    wire::ListOffsetsRequest::Partition partition;
    partition.timestamp = TimestampMs{time};
    request.topics[0].partitions.push_back(partition);
    return client_.ask(request).topics.at(0).partitions.at(0);
  }

  ScopedReportSink quiet_{[](Severity, std::string_view, std::string_view) {}};
  io::TestFolder folder_;
  std::unique_ptr<Server> server_;
  TestClient client_;
};

TEST_F(RecordsTest, WhatIsProducedIsFetchedWithItsOffset) {
  const auto first = produce(client_, "t", test_batch({"a", "b"}));
  EXPECT_EQ(first.error_code, KafkaError::kNone);
  EXPECT_EQ(first.base_offset, Offset{0});
  EXPECT_EQ(first.log_start_offset, Offset{0});
  EXPECT_EQ(produce(client_, "t", test_batch({"c"})).base_offset, Offset{2});
  const auto response = client_.ask(fetch_request("t", Offset{0}), kByName);
  EXPECT_THAT(values_in(response), ElementsAre("a", "b", "c"));
  EXPECT_EQ(response.session_id, 0);
  EXPECT_EQ(response.responses[0].partitions[0].high_watermark, Offset{3});
  EXPECT_EQ(response.responses[0].partitions[0].last_stable_offset, Offset{3});
}

TEST_F(RecordsTest, TopicsAreAddressedByIdInNewVersions) {
  wire::MetadataRequest ask;
  ask.topics.emplace();
  ask.topics->push_back({Uuid{}, "t"});
  const Uuid id = client_.ask(ask).topics.at(0).topic_id;
  EXPECT_FALSE(id.is_zero());
  const Bytes batch = test_batch({"by id"});
  auto produce_by_id = produce_request("", batch);
  produce_by_id.topic_data[0].topic_id = id;
  EXPECT_EQ(client_.ask(produce_by_id, 13).responses.at(0).partition_responses.at(0).error_code,
            KafkaError::kNone);
  auto fetch_by_id = fetch_request("", Offset{0});
  fetch_by_id.topics[0].topic_id = id;
  EXPECT_THAT(values_in(client_.ask(fetch_by_id, 18)), ElementsAre("by id"));
  fetch_by_id.topics[0].topic_id = random_uuid();
  EXPECT_EQ(client_.ask(fetch_by_id, 18).responses.at(0).partitions.at(0).error_code,
            KafkaError::kUnknownTopicId);
}

TEST_F(RecordsTest, AWrongChecksumIsCorruptAndNothingIsAppended) {
  Bytes batch = test_batch({"damaged"});
  batch.back() ^= std::byte{1};
  const auto refused = produce(client_, "t", batch);
  EXPECT_EQ(refused.error_code, KafkaError::kCorruptMessage);
  EXPECT_EQ(refused.base_offset, Offset{-1});
  EXPECT_TRUE(refused.error_message);
  EXPECT_EQ(fetch(Offset{0}).high_watermark, Offset{0});
}

TEST_F(RecordsTest, OnePartitionsFaultDoesNotTouchTheOther) {
  const Bytes good = test_batch({"good"});
  Bytes bad = good;
  bad.back() ^= std::byte{1};
  auto request = produce_request("t", bad);
  request.topic_data[0].partition_data.push_back({PartitionId{1}, BytesView(good)});
  request.topic_data[0].partition_data.push_back({PartitionId{2}, BytesView(good)});
  const auto answers = client_.ask(request, kByName).responses.at(0).partition_responses;
  EXPECT_EQ(answers.at(0).error_code, KafkaError::kCorruptMessage);
  EXPECT_EQ(answers.at(1).error_code, KafkaError::kNone);
  EXPECT_EQ(answers.at(2).error_code, KafkaError::kUnknownTopicOrPartition);
}

TEST_F(RecordsTest, ABatchAboveTheTopicsLimitIsTooLarge) {
  ASSERT_EQ(create_with("small", "max.message.bytes", "200"), KafkaError::kNone);
  EXPECT_EQ(produce(client_, "small", test_batch({std::string(300, 'x')})).error_code,
            KafkaError::kMessageTooLarge);
  EXPECT_EQ(produce(client_, "small", test_batch({"x"})).error_code, KafkaError::kNone);
}

TEST_F(RecordsTest, ACompactedTopicNamesTheRecordWithoutAKey) {
  ASSERT_EQ(create_with("compacted", "cleanup.policy", "compact"), KafkaError::kNone);
  wire::BatchBuilder builder;
  builder.add(TimestampMs{1}, as_bytes("key"), as_bytes("value"));
  builder.add(TimestampMs{1}, std::nullopt, as_bytes("value"));
  const auto refused = produce(client_, "compacted", std::move(builder).finish().value());
  EXPECT_EQ(refused.error_code, KafkaError::kInvalidRecord);
  ASSERT_EQ(refused.record_errors.size(), 1u);
  EXPECT_EQ(refused.record_errors[0].batch_index, 1);
}

TEST_F(RecordsTest, LogAppendTimeReplacesTheClients) {
  ASSERT_EQ(create_with("stamped", "message.timestamp.type", "LogAppendTime"), KafkaError::kNone);
  const auto appended = produce(client_, "stamped", test_batch({"x"}));
  EXPECT_GT(appended.log_append_time_ms, TimestampMs{1'000'000'000'000});
  const auto response = client_.ask(fetch_request("stamped", Offset{0}), kByName);
  const auto batch =
      wire::frame_batch(response.responses.at(0).partitions.at(0).records->at(0).bytes);
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->max_timestamp(), appended.log_append_time_ms);
  EXPECT_TRUE(wire::check_batch(*batch));
}

TEST_F(RecordsTest, UnknownAcksAreRefused) {
  const Bytes batch = test_batch({"x"});
  auto request = produce_request("t", batch);
  request.acks = 2;
  EXPECT_EQ(client_.ask(request, kByName).responses.at(0).partition_responses.at(0).error_code,
            KafkaError::kInvalidRequiredAcks);
}

TEST_F(RecordsTest, AnIdempotentProducersRetryIsStoredOnce) {
  const auto id = client_.ask(wire::InitProducerIdRequest{});
  ASSERT_EQ(id.error_code, KafkaError::kNone);
  wire::BatchOptions options;
  options.producer_id = id.producer_id;
  options.producer_epoch = id.producer_epoch;
  options.base_sequence = 0;
  const Bytes batch = test_batch({"once"}, options);
  EXPECT_EQ(produce(client_, "t", batch).base_offset, Offset{0});
  EXPECT_EQ(produce(client_, "t", batch).base_offset, Offset{0});
  options.base_sequence = 5;
  EXPECT_EQ(produce(client_, "t", test_batch({"gap"}, options)).error_code,
            KafkaError::kOutOfOrderSequenceNumber);
  EXPECT_THAT(values_in(client_.ask(fetch_request("t", Offset{0}), kByName)), ElementsAre("once"));
}

TEST_F(RecordsTest, ALongPollIsAnsweredWhenARecordArrives) {
  ASSERT_TRUE(client_.send(fetch_request("t", Offset{0}, 60'000), kByName, 7));
  EXPECT_TRUE(eventually([&] { return server_->metrics().fetches_waiting == 1; }));
  TestClient other(*server_);
  ASSERT_EQ(produce(other, "t", test_batch({"news"})).error_code, KafkaError::kNone);
  EXPECT_THAT(values_in(client_.receive<wire::FetchRequest>(kByName, 7)), ElementsAre("news"));
  EXPECT_TRUE(eventually([&] { return server_->metrics().fetches_waiting == 0; }));
}

TEST_F(RecordsTest, ALongPollWaitsForItsMinimum) {
  auto request = fetch_request("t", Offset{0}, 60'000);
  request.min_bytes = 250;
  ASSERT_TRUE(client_.send(request, kByName, 7));
  EXPECT_TRUE(eventually([&] { return server_->metrics().fetches_waiting == 1; }));
  TestClient other(*server_);
  ASSERT_EQ(produce(other, "t", test_batch({"little"})).error_code, KafkaError::kNone);
  EXPECT_EQ(server_->metrics().fetches_waiting, 1);
  EXPECT_FALSE(client_.has_input(std::chrono::milliseconds(0)));
  ASSERT_EQ(produce(other, "t", test_batch({std::string(200, 'x')})).error_code, KafkaError::kNone);
  EXPECT_EQ(values_in(client_.receive<wire::FetchRequest>(kByName, 7)).size(), 2u);
}

TEST_F(RecordsTest, ALongPollEndsWithNothingWhenItsTimeIsUp) {
  const auto response = client_.ask(fetch_request("t", Offset{0}, 30), kByName);
  EXPECT_THAT(values_in(response), IsEmpty());
  EXPECT_EQ(response.responses.at(0).partitions.at(0).error_code, KafkaError::kNone);
  EXPECT_TRUE(eventually([&] { return server_->metrics().fetches_waiting == 0; }));
}

TEST_F(RecordsTest, ALongPollOfAClientThatHasGoneIsForgotten) {
  {
    TestClient gone(*server_);
    ASSERT_TRUE(gone.send(fetch_request("t", Offset{0}, 50), kByName, 1));
    EXPECT_TRUE(eventually([&] { return server_->metrics().fetches_waiting == 1; }));
  }
  EXPECT_TRUE(eventually([&] { return server_->metrics().fetches_waiting == 0; }));
  EXPECT_TRUE(eventually([&] { return server_->metrics().connections_open == 1; }));
}

TEST_F(RecordsTest, OffsetsOutsideTheLogAreOutOfRange) {
  ASSERT_EQ(produce(client_, "t", test_batch({"a"})).error_code, KafkaError::kNone);
  EXPECT_EQ(fetch(Offset{5}).error_code, KafkaError::kOffsetOutOfRange);
  EXPECT_EQ(fetch(Offset{-1}).error_code, KafkaError::kOffsetOutOfRange);
  EXPECT_EQ(fetch(Offset{1}).error_code, KafkaError::kNone);
}

TEST_F(RecordsTest, LimitsHoldButOneBatchAlwaysFits) {
  const std::string large(10'000, 'x');
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(produce(client_, "t", test_batch({large})).error_code, KafkaError::kNone);
    ASSERT_EQ(produce(client_, "t", test_batch({large}), PartitionId{1}).error_code,
              KafkaError::kNone);
  }
  auto request = fetch_request("t", Offset{0});
  request.max_bytes = 1;
  auto second = request.topics[0].partitions[0];
  second.partition = PartitionId{1};
  request.topics[0].partitions.push_back(second);
  EXPECT_EQ(values_in(client_.ask(request, kByName)).size(), 1u);
  request.max_bytes = 1 << 20;
  request.topics[0].partitions[0].partition_max_bytes = 25'000;
  request.topics[0].partitions[1].partition_max_bytes = 5'000;
  EXPECT_EQ(values_in(client_.ask(request, kByName)).size(), 2u);
}

TEST_F(RecordsTest, AFetchSessionThatNeverWasIsUnknown) {
  auto request = fetch_request("t", Offset{0});
  request.session_id = 5;
  request.session_epoch = 1;
  EXPECT_EQ(client_.ask(request, kByName).error_code, KafkaError::kFetchSessionIdNotFound);
}

TEST_F(RecordsTest, AnotherLeaderEpochIsFenced) {
  auto request = fetch_request("t", Offset{0});
  request.topics[0].partitions[0].current_leader_epoch = LeaderEpoch{9};
  EXPECT_EQ(client_.ask(request, kByName).responses.at(0).partitions.at(0).error_code,
            KafkaError::kUnknownLeaderEpoch);
}

TEST_F(RecordsTest, BeginEndAndTimesAreFound) {
  EXPECT_EQ(list_offset(-1).offset, Offset{0});
  EXPECT_EQ(list_offset(-3).offset, Offset{-1});
  ASSERT_EQ(produce(client_, "t", test_batch({"a", "b"})).error_code, KafkaError::kNone);
  EXPECT_EQ(list_offset(-1).offset, Offset{2});
  EXPECT_EQ(list_offset(-2).offset, Offset{0});
  EXPECT_EQ(list_offset(-3).timestamp, TimestampMs{1'000});
  EXPECT_EQ(list_offset(1'000).offset, Offset{0});
  EXPECT_EQ(list_offset(1'001).offset, Offset{-1});
  EXPECT_EQ(list_offset(-99).error_code, KafkaError::kUnsupportedVersion);
}

}  // namespace
}  // namespace daybook::broker
