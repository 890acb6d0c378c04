// Fetch sessions (KIP-227), over real sockets, and what a fetch does when memory is short.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "broker/append_queue.h"
#include "broker/dispatch.h"
#include "broker/engine.h"
#include "broker/limits.h"
#include "broker/memory_budget.h"
#include "broker/test_requests.h"
#include "broker/topics/topics.h"
#include "wire/apis/topics/delete_topics.h"
#include "wire/apis/topics/metadata.h"

namespace daybook::broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using wire::FetchRequest;
using wire::FetchResponse;
using wire::KafkaError;

constexpr std::int16_t kById = 18;

class FetchSessionsTest : public testing::Test {
 protected:
  FetchSessionsTest() : server_(start_server(test_options(folder_.path()))), client_(*server_) {
    EXPECT_EQ(create_topic(client_, "t", 3), KafkaError::kNone);
    id_ = topic_id("t");
  }

  Uuid topic_id(const std::string& name) {
    wire::MetadataRequest request;
    request.topics.emplace();
    request.topics->push_back({Uuid{}, name});
    return client_.ask(request).topics.at(0).topic_id;
  }
  FetchRequest::Topic partitions(const std::vector<std::pair<int, int>>& offsets) const {
    FetchRequest::Topic topic;
    topic.topic_id = id_;
    for (const auto& [partition, offset] : offsets) {
      FetchRequest::Partition& asked = topic.partitions.emplace_back();
      asked.partition = PartitionId{partition};
      asked.fetch_offset = Offset{offset};
      asked.partition_max_bytes = 1 << 20;
    }
    return topic;
  }
  FetchRequest request(std::int32_t session, std::int32_t epoch,
                       const std::vector<std::pair<int, int>>& offsets = {}) const {
    FetchRequest request;
    request.session_id = session;
    request.session_epoch = epoch;
    request.max_bytes = 1 << 20;
    if (!offsets.empty()) request.topics.push_back(partitions(offsets));
    return request;
  }
  FetchResponse fetch(const FetchRequest& asked) { return client_.ask(asked, kById); }
  // A session hears of a record a moment after its producer may have.
  FetchResponse await_records(FetchRequest asked) {
    asked.max_wait_ms = 20'000;
    asked.min_bytes = 1;
    return fetch(asked);
  }
  static std::vector<int> answered(const FetchResponse& response) {
    std::vector<int> partitions;
    for (const auto& topic : response.responses) {
      for (const auto& each : topic.partitions) partitions.push_back(each.partition_index.value);
    }
    return partitions;
  }
  std::int32_t begin() {
    const auto first = fetch(request(0, 0, {{0, 0}, {1, 0}, {2, 0}}));
    EXPECT_EQ(first.error_code, KafkaError::kNone);
    EXPECT_THAT(answered(first), ElementsAre(0, 1, 2));
    EXPECT_GT(first.session_id, 0);
    return first.session_id;
  }
  void write(std::int32_t partition, const std::string& value = "v") {
    ASSERT_EQ(produce(client_, "t", test_batch({value}), PartitionId{partition}).error_code,
              KafkaError::kNone);
  }

  io::TestFolder folder_;
  std::unique_ptr<Server> server_;
  TestClient client_;
  Uuid id_;
};

TEST_F(FetchSessionsTest, OnlyWhatHasChangedIsAnswered) {
  const std::int32_t session = begin();
  EXPECT_THAT(answered(fetch(request(session, 1))), IsEmpty());
  write(1);
  const auto changed = await_records(request(session, 2));
  EXPECT_EQ(changed.session_id, session);
  EXPECT_THAT(answered(changed), ElementsAre(1));
  EXPECT_THAT(values_in(changed), ElementsAre("v"));
  // Not passed by the client: it is given them again.
  EXPECT_THAT(values_in(fetch(request(session, 3))), ElementsAre("v"));
  EXPECT_THAT(answered(fetch(request(session, 4, {{1, 1}}))), IsEmpty());
  write(1, "w");
  EXPECT_THAT(values_in(await_records(request(session, 5))), ElementsAre("w"));
}

TEST_F(FetchSessionsTest, PartitionsAreAddedAndForgotten) {
  const std::int32_t session = fetch(request(0, 0, {{0, 0}})).session_id;
  EXPECT_THAT(answered(fetch(request(session, 1, {{2, 0}}))), ElementsAre(2));
  auto forgetting = request(session, 2);
  forgetting.forgotten_topics_data.push_back({"", id_, {PartitionId{0}, PartitionId{7}}});
  EXPECT_THAT(answered(fetch(forgetting)), IsEmpty());
  write(0);
  write(2);
  EXPECT_THAT(answered(await_records(request(session, 3))), ElementsAre(2));
}

TEST_F(FetchSessionsTest, ASessionWithoutPartitionsEnds) {
  const std::int32_t session = fetch(request(0, 0, {{0, 0}})).session_id;
  auto forgetting = request(session, 1);
  forgetting.forgotten_topics_data.push_back({"", id_, {PartitionId{0}}});
  EXPECT_EQ(fetch(forgetting).session_id, 0);
  EXPECT_EQ(fetch(request(session, 2)).error_code, KafkaError::kFetchSessionIdNotFound);
}

TEST_F(FetchSessionsTest, WhatIsNotTheNextRequestOfASessionIsRefused) {
  const std::int32_t session = begin();
  const auto refused = fetch(request(session, 2));
  EXPECT_EQ(refused.error_code, KafkaError::kInvalidFetchSessionEpoch);
  EXPECT_EQ(refused.session_id, 0);
  EXPECT_THAT(refused.responses, IsEmpty());
  EXPECT_EQ(fetch(request(session == 1 ? 2 : session - 1, 1)).error_code,
            KafkaError::kFetchSessionIdNotFound);
  EXPECT_EQ(client_.ask(request(session, 1), kByName).error_code,
            KafkaError::kFetchSessionTopicIdError);
  // The refused ones have changed nothing.
  EXPECT_EQ(fetch(request(session, 1)).error_code, KafkaError::kNone);
}

TEST_F(FetchSessionsTest, AFullFetchEndsTheSessionThatItNames) {
  const std::int32_t session = begin();
  const auto full = fetch(request(session, -1, {{0, 0}}));
  EXPECT_EQ(full.session_id, 0);
  EXPECT_THAT(answered(full), ElementsAre(0));
  EXPECT_EQ(fetch(request(session, 1)).error_code, KafkaError::kFetchSessionIdNotFound);
  EXPECT_EQ(server_->metrics().fetch_sessions, 0);
}

TEST_F(FetchSessionsTest, AWaitingFetchIsAnsweredWhenAnyPartitionGetsRecords) {
  const std::int32_t session = begin();
  auto waiting = request(session, 1);
  waiting.max_wait_ms = 20'000;
  waiting.min_bytes = 1;
  TestClient consumer(*server_);
  ASSERT_TRUE(consumer.send(waiting, kById, 1));
  ASSERT_TRUE(eventually([&] { return server_->metrics().fetches_waiting == 1; }));
  write(2);
  const auto answer = consumer.receive<FetchRequest>(kById, 1);
  EXPECT_THAT(answered(answer), ElementsAre(2));
  EXPECT_THAT(values_in(answer), ElementsAre("v"));
}

TEST_F(FetchSessionsTest, AWaitingFetchEndsWhenSomebodyElseGoesOnWithTheSession) {
  const std::int32_t session = begin();
  auto waiting = request(session, 1);
  waiting.max_wait_ms = 20'000;
  waiting.min_bytes = 1;
  TestClient consumer(*server_);
  ASSERT_TRUE(consumer.send(waiting, kById, 1));
  ASSERT_TRUE(eventually([&] { return server_->metrics().fetches_waiting == 1; }));
  EXPECT_EQ(fetch(request(session, 2)).error_code, KafkaError::kNone);
  EXPECT_EQ(consumer.receive<FetchRequest>(kById, 1).error_code,
            KafkaError::kInvalidFetchSessionEpoch);
}

TEST_F(FetchSessionsTest, WhatFillsAnAnswerIsEnough) {
  write(0, std::string(1000, 'x'));
  auto asked = request(0, -1, {{0, 0}});
  asked.max_wait_ms = 60'000;
  asked.min_bytes = 1 << 20;
  asked.max_bytes = 1000;
  EXPECT_THAT(values_in(fetch(asked)), SizeIs(1));
}

TEST_F(FetchSessionsTest, AWaitingFetchEndsWithItsConnection) {
  TestClient consumer(*server_);
  auto waiting = request(0, -1, {{0, 0}});
  waiting.max_wait_ms = 60'000;
  waiting.min_bytes = 1;
  ASSERT_TRUE(consumer.send(waiting, kById, 1));
  ASSERT_TRUE(eventually([&] { return server_->metrics().fetches_waiting == 1; }));
  consumer.hang_up();
  EXPECT_TRUE(eventually([&] { return server_->metrics().fetches_waiting == 0; }));
}

TEST_F(FetchSessionsTest, ADeletedTopicIsToldUntilItIsForgotten) {
  const std::int32_t session = begin();
  wire::DeleteTopicsRequest remove;
  remove.topics.push_back({"t", Uuid{}});
  ASSERT_EQ(client_.ask(remove).responses.at(0).error_code, KafkaError::kNone);
  for (std::int32_t epoch = 1; epoch < 4; ++epoch) {
    const auto answer = fetch(request(session, epoch));
    ASSERT_THAT(answered(answer), SizeIs(3));
    EXPECT_EQ(answer.responses[0].partitions[0].error_code, KafkaError::kUnknownTopicId);
  }
}

class TurnsTest : public FetchSessionsTest, public testing::WithParamInterface<std::int32_t> {};

// So that one batch fits: with no room behind it, or not enough.
INSTANTIATE_TEST_SUITE_P(MaxBytes, TurnsTest, testing::Values(1, 1'500));

TEST_P(TurnsTest, PartitionsTakeTurnsWhenNotAllFit) {
  for (std::int32_t i = 0; i < 3; ++i) write(i, std::string(1000, 'x'));
  auto first = request(0, 0, {{0, 0}, {1, 0}, {2, 0}});
  first.max_bytes = GetParam();
  const std::int32_t session = fetch(first).session_id;
  std::vector<int> turns;
  for (std::int32_t epoch = 1; epoch < 4; ++epoch) {
    auto next = request(session, epoch);
    next.max_bytes = GetParam();
    const auto answer = fetch(next);
    for (const auto& topic : answer.responses) {
      for (const auto& each : topic.partitions) {
        if (each.records && !each.records->empty()) turns.push_back(each.partition_index.value);
      }
    }
  }
  EXPECT_THAT(turns, ElementsAre(1, 2, 0));
}

class NoStrand final : public Strand {
 public:
  void post(std::move_only_function<void()>) override {}
  void when_closed(std::move_only_function<void()>) override {}
};

class AnswerSink final : public ReplySink {
 public:
  explicit AnswerSink(std::promise<Bytes>& answer) : answer_(answer) {}
  void send(wire::Encoded frame) override { answer_.set_value(frame.flatten()); }
  void send_nothing() override {}
  void refuse(std::string) override {}
  std::shared_ptr<Strand> strand() override { return std::make_shared<NoStrand>(); }

 private:
  std::promise<Bytes>& answer_;
};

TEST(FetchMemoryTest, ALargeFetchIsNotKeptWaitingWhileMemoryIsShort) {
  io::TestFolder folder;
  const auto engine = Engine::open(test_options(folder.path())).value();
  MemoryBudget& memory = engine->core().request_memory;
  memory.take(memory.limit_bytes());
  wire::FetchRequest asked = fetch_request("t", Offset{0}, /*max_wait_ms=*/20'000);
  asked.topics[0].partitions.resize(kFreeRequestBytes / kFetchPartitionBytes + 1);
  std::int32_t index = 0;
  std::promise<TopicPtr> made;
  engine->core().topics.create({.name = "t", .partitions = 100},
                               [&](Result<TopicPtr> topic) { made.set_value(topic.value()); });
  made.get_future().wait();
  for (auto& partition : asked.topics[0].partitions) partition.partition = PartitionId{index++};
  const Bytes frame = wire::encode_request_frame(1, "test", asked, kByName).flatten();
  std::promise<Bytes> answer;
  AppendQueue appends;
  ASSERT_TRUE(dispatch(engine->core(), {}, "/127.0.0.1", appends,
                       BytesView(frame).subspan(wire::kFramePrefixSizeBytes),
                       std::make_unique<AnswerSink>(answer)));
  auto answered = answer.get_future();
  ASSERT_EQ(answered.wait_for(std::chrono::seconds(0)), std::future_status::ready);
  const Bytes bytes = answered.get();
  const auto response =
      wire::decode_response_frame(BytesView(bytes).subspan(wire::kFramePrefixSizeBytes),
                                  *wire::find_api(wire::FetchApi::kKey), kByName);
  ASSERT_TRUE(response.has_value());
  const auto body = wire::decode<wire::FetchResponse>(response->body, kByName);
  ASSERT_TRUE(body.has_value());
  EXPECT_EQ(body->throttle_time_ms, kMaxMemoryRetry.count()) << "the client waits instead";
  EXPECT_EQ(body->error_code, KafkaError::kNone);
  EXPECT_EQ(memory.held_bytes(), memory.limit_bytes()) << "nothing of it is held";
  memory.give_back(memory.limit_bytes());
}

}  // namespace
}  // namespace daybook::broker
