// Times that are looked up in the log, over real sockets and a disk that does not answer.

#include "wire/apis/records/list_offsets.h"

#include <gtest/gtest.h>

#include "broker/limits.h"
#include "broker/test_requests.h"
#include "io/faulty_file_system.h"

namespace daybook::broker {
namespace {

using wire::KafkaError;
using wire::ListOffsetsRequest;

constexpr std::int16_t kVersion = 11;
constexpr std::int64_t kLatest = -1;
constexpr std::int64_t kFirstMs = 1'000;
constexpr auto kPartitions = static_cast<std::int32_t>(3 * kTimesAtOnce);

// All connections share one I/O thread.
class ListOffsetsTest : public testing::Test {
 protected:
  ListOffsetsTest() {
    ServerOptions options = test_options(folder_.path());
    options.file_system = &disk_;
    options.io_threads = 1;
    server_ = start_server(options);
    client_.emplace(*server_);
    other_.emplace(*server_);
    EXPECT_EQ(create_topic(*other_, "t", kPartitions), KafkaError::kNone);
    EXPECT_EQ(create_topic(*other_, "other"), KafkaError::kNone);
    wire::BatchBuilder builder(wire::BatchOptions{});
    for (std::int32_t i = 0; i < kPartitions; ++i) {
      builder.add(TimestampMs{kFirstMs + i}, as_bytes("key"), as_bytes("value"));
    }
    const Bytes batch = std::move(builder).finish().value();
    for (std::int32_t i = 0; i < kPartitions; ++i) produce(*other_, "t", batch, PartitionId{i});
  }
  ~ListOffsetsTest() override {
    disk_.release_reads();
    if (server_) {
      EXPECT_TRUE(server_->stop().has_value());
    }
  }

  // Of each partition another time, and of every third the end.
  static ListOffsetsRequest request() {
    ListOffsetsRequest request;
    request.topics.resize(1);
    request.topics[0].name = "t";
    for (std::int32_t i = 0; i < kPartitions; ++i) {
      const TimestampMs time{i % 3 == 2 ? kLatest : kFirstMs + i};
      request.topics[0].partitions.push_back(
          {.partition_index = PartitionId{i}, .timestamp = time});
    }
    return request;
  }

  io::TestFolder folder_;
  io::FaultyFileSystem disk_{1};
  std::unique_ptr<Server> server_;
  std::optional<TestClient> client_;
  std::optional<TestClient> other_;
};

TEST_F(ListOffsetsTest, EachPartitionIsAnsweredWhatWasAskedOfIt) {
  const auto answers = client_->ask(request(), kVersion).topics.at(0).partitions;
  ASSERT_EQ(answers.size(), static_cast<std::size_t>(kPartitions));
  for (std::int32_t i = 0; i < kPartitions; ++i) {
    const auto& answer = answers[static_cast<std::size_t>(i)];
    EXPECT_EQ(answer.error_code, KafkaError::kNone);
    EXPECT_EQ(answer.partition_index, PartitionId{i});
    EXPECT_EQ(answer.offset, Offset{i % 3 == 2 ? kPartitions : i});
    EXPECT_EQ(answer.timestamp, i % 3 == 2 ? kNoTimestamp : TimestampMs{kFirstMs + i});
  }
}

TEST_F(ListOffsetsTest, OthersOnItsThreadAreServedWhileItWaitsForTheDisk) {
  disk_.hold_reads("/t-0/");
  EXPECT_TRUE(client_->send(request(), kVersion, 7));
  EXPECT_TRUE(eventually([&] { return disk_.held_reads() == 1; }));
  EXPECT_EQ(produce(*other_, "other", test_batch({"meanwhile"})).error_code, KafkaError::kNone);
  EXPECT_EQ(values_in(other_->ask(fetch_request("other", Offset{0}), kByName)),
            std::vector<std::string>{"meanwhile"});
  EXPECT_FALSE(client_->has_input(std::chrono::milliseconds(0)));
  disk_.release_reads();
  const auto answer = client_->receive<ListOffsetsRequest>(kVersion, 7);
  EXPECT_EQ(answer.topics.at(0).partitions.at(1).offset, Offset{1});
}

}  // namespace
}  // namespace daybook::broker
