// Fetches of what is not in memory, while the disk does not answer: whom they keep waiting.

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "broker/limits.h"
#include "broker/test_requests.h"
#include "io/faulty_file_system.h"

namespace daybook::broker {
namespace {

using wire::FetchRequest;
using wire::FetchResponse;
using wire::KafkaError;

constexpr std::size_t kMuchBytes = 200'000;  // more than is copied

// All connections share one I/O thread.
class ColdFetchTest : public testing::Test {
 protected:
  ColdFetchTest() {
    ServerOptions options = test_options(folder_.path());
    options.file_system = &disk_;
    options.io_threads = 1;
    server_ = start_server(options);
    reader_.emplace(*server_);
    other_.emplace(*server_);
    EXPECT_EQ(create_topic(*other_, "cold"), KafkaError::kNone);
    EXPECT_EQ(create_topic(*other_, "hot"), KafkaError::kNone);
    append("cold", "small");
    append("cold", std::string(kMuchBytes, 'x'));
    append("hot", "h");
  }
  ~ColdFetchTest() override {
    disk_.release_reads();
    if (server_) {
      EXPECT_TRUE(server_->stop().has_value());
    }
  }

  void append(const std::string& topic, const std::string& value) {
    EXPECT_EQ(produce(*other_, topic, test_batch({value})).error_code, KafkaError::kNone);
  }
  // The disk does not answer a fetch of the cold topic.
  void fetch_in_vain(TestClient& client, Offset from, std::int32_t max_wait_ms = 0) {
    disk_.hold_reads("/cold-0/");
    EXPECT_TRUE(client.send(fetch_request("cold", from, max_wait_ms), kByName, 7));
    EXPECT_TRUE(eventually([&] { return disk_.held_reads() == 1; }));
  }
  static std::size_t bytes_in(const FetchResponse& response) {
    const auto& records = response.responses.at(0).partitions.at(0).records;
    return records && !records->empty() ? records->front().bytes.size() : 0;
  }
  FetchResponse receive(TestClient& client) { return client.receive<FetchRequest>(kByName, 7); }

  io::TestFolder folder_;
  io::FaultyFileSystem disk_{1};
  std::unique_ptr<Server> server_;
  std::optional<TestClient> reader_;
  std::optional<TestClient> other_;
};

TEST_F(ColdFetchTest, OthersOnItsThreadAreServedWhileItWaitsForTheDisk) {
  fetch_in_vain(*reader_, Offset{0});
  append("hot", "produced meanwhile");
  EXPECT_EQ(values_in(other_->ask(fetch_request("hot", Offset{1}, 60'000), kByName)),
            std::vector<std::string>{"produced meanwhile"});
  EXPECT_FALSE(reader_->has_input(std::chrono::milliseconds(0)));
  disk_.release_reads();
  EXPECT_GT(bytes_in(receive(*reader_)), kMuchBytes);
}

TEST_F(ColdFetchTest, ItIsAnsweredThoughItsTimeIsUp) {
  fetch_in_vain(*reader_, Offset{1}, /*max_wait_ms=*/1);
  disk_.release_reads();
  EXPECT_GT(bytes_in(receive(*reader_)), kMuchBytes);
}

TEST_F(ColdFetchTest, ItWaitsForMoreIfThatIsNotEnough) {
  FetchRequest asked = fetch_request("cold", Offset{0}, /*max_wait_ms=*/60'000);
  asked.min_bytes = 2 * kMuchBytes;
  EXPECT_TRUE(reader_->send(asked, kByName, 7));
  EXPECT_TRUE(eventually([&] { return server_->metrics().disk_fetches >= 1; }));
  append("cold", std::string(kMuchBytes, 'y'));
  EXPECT_GT(bytes_in(receive(*reader_)), 2 * kMuchBytes);
}

TEST_F(ColdFetchTest, ItEndsWithItsConnection) {
  fetch_in_vain(*reader_, Offset{0});
  EXPECT_EQ(server_->metrics().fetches_waiting, 1);
  reader_->hang_up();
  EXPECT_TRUE(eventually([&] { return server_->metrics().connections_open == 1; }));
  disk_.release_reads();
  EXPECT_TRUE(eventually([&] { return server_->metrics().fetches_waiting == 0; }));
}

TEST_F(ColdFetchTest, WhoWaitsBehindItStillHasTheirTurn) {
  std::vector<std::unique_ptr<TestClient>> clients;
  disk_.hold_reads("/cold-0/");
  for (int i = 0; i < 3 * kDiskReadThreads; ++i) {
    clients.push_back(std::make_unique<TestClient>(*server_));
    EXPECT_TRUE(clients.back()->send(fetch_request("cold", Offset{0}), kByName, 7));
  }
  EXPECT_TRUE(eventually([&] { return disk_.held_reads() == kDiskReadThreads; }));
  append("hot", "meanwhile");
  disk_.release_reads();
  for (const auto& client : clients) EXPECT_GT(bytes_in(receive(*client)), kMuchBytes);
}

TEST_F(ColdFetchTest, AServerThatStopsAnswersWithoutWhatWasNotRead) {
  std::vector<std::unique_ptr<TestClient>> clients;
  disk_.hold_reads("/cold-0/");
  for (int i = 0; i < kDiskReadThreads + 1; ++i) {
    clients.push_back(std::make_unique<TestClient>(*server_));
    EXPECT_TRUE(clients.back()->send(fetch_request("cold", Offset{0}, 60'000), kByName, 7));
    EXPECT_TRUE(eventually([&] { return server_->metrics().fetches_waiting == i + 1; }));
  }
  std::thread stopping([&] { EXPECT_TRUE(server_->stop().has_value()); });
  other_->closed_by_server();  // the fetches were told to end by then
  disk_.release_reads();
  EXPECT_EQ(bytes_in(receive(*clients.back())), 0u);
  stopping.join();
}

TEST_F(ColdFetchTest, WhatIsInMemoryDoesNotTakeThisWay) {
  disk_.keep_in_memory(true);
  for (const Offset from : {Offset{0}, Offset{1}, Offset{2}}) {
    other_->ask(fetch_request("cold", from), kByName);
  }
  EXPECT_EQ(server_->metrics().disk_fetches, 0);
}

// A session that another connection goes on with meanwhile.
TEST_F(ColdFetchTest, ASessionCanBeTakenOverWhileTheDiskIsWaitedFor) {
  FetchRequest first = fetch_request("hot", Offset{0});
  first.session_epoch = 0;
  const std::int32_t session = other_->ask(first, kByName).session_id;
  ASSERT_NE(session, 0);
  FetchRequest cold = fetch_request("cold", Offset{0});
  cold.session_id = session;
  cold.session_epoch = 1;
  disk_.hold_reads("/cold-0/");
  EXPECT_TRUE(reader_->send(cold, kByName, 7));
  EXPECT_TRUE(eventually([&] { return disk_.held_reads() == 1; }));
  FetchRequest next;
  next.session_id = session;
  next.session_epoch = 2;
  next.max_bytes = 1 << 20;
  next.forgotten_topics_data.push_back(
      {.topic = "cold", .topic_id = {}, .partitions = {PartitionId{0}}});
  EXPECT_EQ(other_->ask(next, kByName).error_code, KafkaError::kNone);
  disk_.release_reads();
  EXPECT_EQ(receive(*reader_).error_code, KafkaError::kInvalidFetchSessionEpoch);
}

}  // namespace
}  // namespace daybook::broker
