#include "broker/fetch/fetch_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "broker/engine.h"
#include "broker/limits.h"
#include "broker/memory_budget.h"
#include "broker/test_requests.h"
#include "broker/topics/topics.h"

namespace daybook::broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using wire::FetchRequest;
using wire::FetchResponse;

constexpr std::int8_t kCommitted = 1;

class FetchSessionTest : public testing::Test {
 protected:
  FetchSessionTest() {
    ServerOptions options = test_options(folder_.path());
    options.durability = Durability::kOs;
    engine_ = Engine::open(options).value();
    std::promise<Result<TopicPtr>> made;
    engine_->core().topics.create({.name = "t", .partitions = 2}, [&](Result<TopicPtr> topic) {
      made.set_value(std::move(topic));
    });
    topic_ = made.get_future().get().value();
  }

  std::unique_ptr<FetchSession> new_session() {
    return std::make_unique<FetchSession>(engine_->core().topics, memory_, /*by_id=*/false);
  }
  log::Partition& partition(std::size_t index) { return *topic_->partitions.at(index).value(); }
  void append(std::size_t index, const Bytes& batch) {
    ASSERT_TRUE(partition(index).append(batch).has_value());
  }
  static Bytes undecided() {
    return test_batch({"undecided"}, {.producer_id = ProducerId{7},
                                      .producer_epoch = ProducerEpoch{0},
                                      .base_sequence = 0,
                                      .transactional = true});
  }

  static FetchRequest request(std::int32_t epoch, const std::vector<int>& partitions = {},
                              std::int8_t isolation = 0) {
    FetchRequest request;
    request.session_epoch = epoch;
    request.isolation_level = isolation;
    if (partitions.empty()) return request;
    request.topics.resize(1);
    request.topics[0].topic = "t";
    for (const int index : partitions) {
      auto& asked = request.topics[0].partitions.emplace_back();
      asked.partition = PartitionId{index};
      asked.partition_max_bytes = 1 << 20;
    }
    return request;
  }

  // One fetch from its request to its answer.
  FetchResponse fetch(FetchSession& session, const FetchRequest& request) {
    const auto epoch = session.begin(request, false, now_);
    EXPECT_TRUE(epoch.has_value());
    session.look(*epoch, limits_of(request));
    return session.finish(*epoch, /*full=*/*epoch == 1, /*keep=*/true).value();
  }
  static std::vector<int> answered(const FetchResponse& response) {
    std::vector<int> partitions;
    for (const auto& topic : response.responses) {
      for (const auto& each : topic.partitions) partitions.push_back(each.partition_index.value);
    }
    return partitions;
  }

  io::TestFolder folder_;
  Counter held_bytes_ = 0;
  MemoryBudget memory_{kMaxRequestMemoryBytes, held_bytes_};
  FetchSession::TimePoint now_{std::chrono::seconds(1'000)};
  std::unique_ptr<Engine> engine_;
  TopicPtr topic_;
};

TEST_F(FetchSessionTest, TheIsolationMayChangeFromOneFetchToTheNext) {
  const auto session = new_session();
  fetch(*session, request(0, {0, 1}));
  append(0, undecided());
  EXPECT_THAT(values_in(fetch(*session, request(1, {}, kCommitted))), IsEmpty());
  // Idle for who reads committed records; not for the one who reads all.
  EXPECT_THAT(values_in(fetch(*session, request(2))), ElementsAre("undecided"));
  EXPECT_THAT(values_in(fetch(*session, request(3, {}, kCommitted))), IsEmpty());
}

TEST_F(FetchSessionTest, WhatMovesWithoutWakingAnybodyIsToldAtTheRefresh) {
  const auto session = new_session();
  fetch(*session, request(0, {0, 1}, kCommitted));
  append(0, undecided());
  EXPECT_THAT(answered(fetch(*session, request(1, {}, kCommitted))), IsEmpty());
  now_ += kFetchSessionRefresh;
  const auto refreshed = fetch(*session, request(2, {}, kCommitted));
  ASSERT_THAT(answered(refreshed), ElementsAre(0));
  EXPECT_EQ(refreshed.responses[0].partitions[0].high_watermark, Offset{1});
  EXPECT_EQ(refreshed.responses[0].partitions[0].last_stable_offset, Offset{0});
  now_ += kFetchSessionRefresh;
  ASSERT_TRUE(partition(0).delete_records(Offset{1}).has_value());
  const auto deleted = fetch(*session, request(3, {}, kCommitted));
  ASSERT_THAT(answered(deleted), ElementsAre(0));
  EXPECT_EQ(deleted.responses[0].partitions[0].error_code, KafkaError::kOffsetOutOfRange);
}

TEST_F(FetchSessionTest, WhoWorksForAnEarlierRequestTouchesNothing) {
  const auto session = new_session();
  const std::int32_t first = session->begin(request(0, {0}), false, now_).value();
  session->look(first, {.max_bytes = 1 << 20});
  bool woken = false;
  session->wait(first, [&] { woken = true; });
  EXPECT_FALSE(woken);
  append(0, undecided());
  EXPECT_TRUE(woken);
  const auto committed = request(first, {0}, kCommitted);
  const std::int32_t second = session->begin(committed, false, now_).value();
  // It would read what the one that reads committed records must not see.
  EXPECT_TRUE(session->look(first, {.max_bytes = 1 << 20}).passed);
  EXPECT_FALSE(session->finish(first, true, true).has_value());
  EXPECT_EQ(session->look(second, limits_of(committed)).size_bytes, 0u);
  EXPECT_THAT(values_in(session->finish(second, false, true).value()), IsEmpty());
}

TEST_F(FetchSessionTest, AWaitIsOverWhenTheNextRequestBegins) {
  const auto session = new_session();
  const std::int32_t first = session->begin(request(0, {0}), false, now_).value();
  session->look(first, {.max_bytes = 1 << 20});
  int woken = 0;
  session->wait(first, [&] { ++woken; });
  const std::int32_t second = session->begin(request(first), false, now_).value();
  EXPECT_EQ(woken, 1);
  session->wait(first, [&] { ++woken; });
  EXPECT_EQ(woken, 2) << "at once: it has passed";
  session->look(second, {.max_bytes = 1 << 20});
  session->wait(second, [&] { woken = 10; });
  session->end_wait(first);
  append(0, test_batch({"v"}));
  EXPECT_EQ(woken, 10) << "the end of another wait does not touch this one";
}

TEST_F(FetchSessionTest, AForgottenPartitionIsNotAnsweredThoughItHasRecords) {
  const auto session = new_session();
  append(0, test_batch({"a"}));
  append(1, test_batch({"b"}));
  EXPECT_THAT(answered(fetch(*session, request(0, {0, 1}))), ElementsAre(0, 1));
  auto forgetting = request(1);
  forgetting.forgotten_topics_data.push_back({"t", {}, {PartitionId{0}}});
  EXPECT_THAT(answered(fetch(*session, forgetting)), ElementsAre(1));
}

TEST_F(FetchSessionTest, ItsPartitionsAreChargedUntilTheyAreForgotten) {
  auto session = new_session();
  fetch(*session, request(0, {0, 1}));
  EXPECT_EQ(memory_.held_bytes(), 2 * kFetchPartitionBytes);
  auto forgetting = request(1);
  forgetting.forgotten_topics_data.push_back({"t", {}, {PartitionId{0}}});
  fetch(*session, forgetting);
  EXPECT_EQ(memory_.held_bytes(), kFetchPartitionBytes);
  session.reset();
  EXPECT_EQ(memory_.held_bytes(), 0u);
}

// What a leak checker and a thread checker look at.
TEST_F(FetchSessionTest, ASessionMayEndWhileRecordsCome) {
  std::atomic<bool> done = false;
  std::thread writer([&] {
    const Bytes batch = test_batch({"v"});
    while (!done) append(0, batch);
  });
  for (int i = 0; i < 2'000; ++i) {
    const auto session = new_session();
    auto asked = request(0, {0, 1});
    asked.topics[0].partitions[0].fetch_offset = partition(0).high_watermark();
    const std::int32_t epoch = session->begin(asked, false, now_).value();
    session->look(epoch, {.max_bytes = 1 << 10});
    session->wait(epoch, [] {});
  }
  done = true;
  writer.join();
  EXPECT_EQ(memory_.held_bytes(), 0u);
}

}  // namespace
}  // namespace daybook::broker
