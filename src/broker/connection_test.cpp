// What foreign bytes do on the port: over real sockets.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <random>

#include "base/report.h"
#include "broker/limits.h"
#include "broker/test_requests.h"
#include "io/clock.h"
#include "wire/apis/cluster/api_versions.h"
#include "wire/apis/topics/metadata.h"

namespace daybook::broker {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using wire::KafkaError;

class ConnectionTest : public testing::Test {
 protected:
  ConnectionTest()
      : sink_([this](Severity, std::string_view, std::string_view message) {
          const std::lock_guard lock(mutex_);
          reports_.emplace_back(message);
        }),
        server_(start_server(test_options(folder_.path()))) {}

  // After whatever was done to it, it serves.
  ~ConnectionTest() override {
    TestClient client(*server_);
    EXPECT_EQ(client.ask(wire::ApiVersionsRequest{}, 0).error_code, KafkaError::kNone);
  }

  std::vector<std::string> reports() {
    const std::lock_guard lock(mutex_);
    return reports_;
  }

  static Bytes announce(std::int32_t size) {
    Bytes bytes(4);
    store_be(bytes.data(), size);
    return bytes;
  }

  std::mutex mutex_;
  std::vector<std::string> reports_;
  ScopedReportSink sink_;
  io::TestFolder folder_;
  std::unique_ptr<Server> server_;
};

TEST_F(ConnectionTest, GarbageClosesTheConnection) {
  std::mt19937 random(7);
  for (int round = 0; round < 100; ++round) {
    TestClient client(*server_);
    Bytes garbage(1 + random() % 3000);
    for (std::byte& byte : garbage) byte = std::byte(random());
    garbage[0] = std::byte{0x7f};  // a length that is too large
    client.send(garbage);
    EXPECT_TRUE(client.closed_by_server());
  }
  EXPECT_EQ(server_->metrics().connections_dropped, 100);
  EXPECT_LE(reports().size(), 11 * kMaxClosingReportsPerSecond) << "reports are limited";
}

TEST_F(ConnectionTest, TwoGibibytesAreRefusedBeforeTheyAreTaken) {
  TestClient client(*server_);
  client.send(announce(0x7fffffff));
  EXPECT_TRUE(client.closed_by_server());
  EXPECT_THAT(reports(), Contains(HasSubstr("announced a request of 2147483647 bytes")));
}

TEST_F(ConnectionTest, NegativeAndTinySizesAreRefused) {
  for (const std::int32_t size : {-1, std::numeric_limits<std::int32_t>::min(), 0, 1, 7}) {
    TestClient client(*server_);
    client.send(announce(size));
    client.send(Bytes(16));
    EXPECT_TRUE(client.closed_by_server()) << size;
  }
}

TEST_F(ConnectionTest, HttpOnThisPortIsRecognised) {
  TestClient client(*server_);
  client.send(as_bytes("GET / HTTP/1.1\r\n\r\n"));
  EXPECT_TRUE(client.closed_by_server());
  EXPECT_THAT(reports(), Contains(HasSubstr("looks like HTTP")));
}

TEST_F(ConnectionTest, RequestsCutAnywhereDoNoHarm) {
  const Bytes whole = wire::encode_request_frame(1, "test", wire::MetadataRequest{}, 12).flatten();
  for (std::size_t length = 1; length < whole.size(); ++length) {
    TestClient client(*server_);
    client.send(BytesView(whole).first(length));
    client.hang_up();
  }
  EXPECT_TRUE(eventually([&] { return server_->metrics().connections_open == 0; }));
}

TEST_F(ConnectionTest, ARequestMayComeByteByByte) {
  TestClient client(*server_);
  const Bytes whole =
      wire::encode_request_frame(5, "test", wire::ApiVersionsRequest{}, 3).flatten();
  for (const std::byte byte : whole) client.send(BytesView(&byte, 1));
  EXPECT_FALSE(client.receive<wire::ApiVersionsRequest>(3, 5).api_keys.empty());
}

TEST_F(ConnectionTest, AnUnknownApiIsNamedAndRefused) {
  TestClient client(*server_);
  Bytes request = announce(10);
  request.resize(14);
  store_be<std::int16_t>(request.data() + 4, 9999);
  client.send(request);
  EXPECT_TRUE(client.closed_by_server());
  EXPECT_THAT(reports(), Contains(HasSubstr("API 9999 version 0")));
}

TEST_F(ConnectionTest, AnUnknownVersionIsNamedAndRefused) {
  TestClient client(*server_);
  Bytes request = wire::encode_request_frame(1, "test", wire::MetadataRequest{}, 12).flatten();
  store_be<std::int16_t>(request.data() + 6, 99);
  client.send(request);
  EXPECT_TRUE(client.closed_by_server());
  EXPECT_THAT(reports(), Contains(HasSubstr("API 3 (Metadata) version 99")));
}

TEST_F(ConnectionTest, AnUnknownVersionOfApiVersionsIsAnsweredInVersion0) {
  TestClient client(*server_);
  Bytes request = wire::encode_request_frame(77, "test", wire::ApiVersionsRequest{}, 4).flatten();
  store_be<std::int16_t>(request.data() + 6, 99);
  client.send(request);
  const auto response = client.receive<wire::ApiVersionsRequest>(0, 77);
  EXPECT_EQ(response.error_code, KafkaError::kUnsupportedVersion);
  EXPECT_FALSE(response.api_keys.empty());
  EXPECT_EQ(client.ask(wire::ApiVersionsRequest{}, 0).error_code, KafkaError::kNone);
}

TEST_F(ConnectionTest, ABodyThatIsNoRequestClosesTheConnection) {
  TestClient client(*server_);
  Bytes request = wire::encode_request_frame(1, "test", wire::MetadataRequest{}, 1).flatten();
  store_be<std::int32_t>(request.data() + request.size() - 4, 0x7fffffff);  // so many topics
  client.send(request);
  EXPECT_TRUE(client.closed_by_server());
  EXPECT_THAT(reports(), Contains(HasSubstr("Metadata")));
}

TEST_F(ConnectionTest, PipelinedProducesAreAppendedAndAnsweredInOrder) {
  TestClient client(*server_);
  ASSERT_EQ(create_topic(client, "t"), KafkaError::kNone);
  constexpr std::int32_t kRequests = 200;
  Bytes all;
  for (std::int32_t i = 0; i < kRequests; ++i) {
    const Bytes batch = test_batch({std::to_string(i)});
    const Bytes frame =
        wire::encode_request_frame(i, "test", produce_request("t", batch), kByName).flatten();
    all.insert(all.end(), frame.begin(), frame.end());
  }
  ASSERT_TRUE(client.send(all));
  for (std::int32_t i = 0; i < kRequests; ++i) {
    const auto response = client.receive<wire::ProduceRequest>(kByName, i);
    EXPECT_EQ(response.responses.at(0).partition_responses.at(0).base_offset, Offset{i});
  }
}

// Requests that fill a buffer are read several at a time, so that those for one partition take one
// write; their answers come as if they had been read one by one.
TEST_F(ConnectionTest, OfAClientThatSendsFastSeveralLargeRequestsAreReadAtOnce) {
  TestClient client(*server_);
  ASSERT_EQ(create_topic(client, "t"), KafkaError::kNone);
  const Bytes batch = test_batch({std::string(900'000, 'x')});
  constexpr std::int32_t kRequests = 8;
  std::int32_t sent = 0;
  const auto reads_ahead = [&] {
    for (std::int32_t i = 0; i < kRequests; ++i) {
      EXPECT_TRUE(client.send(produce_request("t", batch), kByName, sent + i));
    }
    for (std::int32_t i = 0; i < kRequests; ++i, ++sent) {
      const auto response = client.receive<wire::ProduceRequest>(kByName, sent);
      EXPECT_EQ(response.responses.at(0).partition_responses.at(0).base_offset, Offset{sent});
    }
    return server_->metrics().request_memory_bytes >= static_cast<std::int64_t>(kReadAheadBytes);
  };
  EXPECT_TRUE(eventually(reads_ahead));
  EXPECT_LT(server_->metrics().request_memory_bytes, std::int64_t{2 * kReadAheadBytes});
}

TEST_F(ConnectionTest, PipelinedRequestsOfAllKindsAreAnsweredInOrder) {
  TestClient client(*server_);
  ASSERT_EQ(create_topic(client, "t"), KafkaError::kNone);
  const Bytes batch = test_batch({"x"});
  for (std::int32_t i = 0; i < 60; i += 3) {
    ASSERT_TRUE(client.send(produce_request("t", batch), kByName, i));
    ASSERT_TRUE(client.send(wire::ApiVersionsRequest{}, 3, i + 1));
    ASSERT_TRUE(client.send(fetch_request("t", Offset{i / 3}, 60'000), kByName, i + 2));
  }
  for (std::int32_t i = 0; i < 60; i += 3) {
    EXPECT_EQ(client.receive<wire::ProduceRequest>(kByName, i)
                  .responses.at(0)
                  .partition_responses.at(0)
                  .base_offset,
              Offset{i / 3});
    client.receive<wire::ApiVersionsRequest>(3, i + 1);
    EXPECT_THAT(values_in(client.receive<wire::FetchRequest>(kByName, i + 2)), ElementsAre("x"));
  }
}

// The server stops reading when nobody takes its answers; once somebody does, all of them come,
// whole and in order.
TEST_F(ConnectionTest, ASlowReaderIsWaitedForAndLosesNothing) {
  TestClient client(*server_);
  ASSERT_EQ(create_topic(client, "t"), KafkaError::kNone);
  const std::string large(500'000, 'x');
  ASSERT_EQ(produce(client, "t", test_batch({large})).error_code, KafkaError::kNone);
  constexpr std::int32_t kRequests = 400;  // for more than may wait to be sent
  for (std::int32_t i = 0; i < kRequests; ++i) {
    ASSERT_TRUE(client.send(fetch_request("t", Offset{0}), kByName, i));
  }
  const auto fetched = [&] { return static_cast<std::size_t>(server_->metrics().fetched_bytes); };
  ASSERT_TRUE(eventually([&] { return fetched() >= kMaxUnsentBytes; }));
  TestClient other(*server_);
  EXPECT_THAT(values_in(other.ask(fetch_request("t", Offset{0}), kByName)), ElementsAre(large));
  // Time enough for further answers to be made, if they were: the threads serve all by turns.
  for (int i = 0; i < 200; ++i) other.ask(wire::ApiVersionsRequest{}, 0);
  constexpr std::size_t kInSockets = 64u << 20;
  EXPECT_LT(fetched(), kMaxUnsentBytes + kInSockets) << "answers are made although nobody reads";
  for (std::int32_t i = 0; i < kRequests; ++i) {
    ASSERT_THAT(values_in(client.receive<wire::FetchRequest>(kByName, i)), ElementsAre(large));
  }
}

TEST_F(ConnectionTest, AnIdleClientIsDisconnectedAndABusyOneIsNot) {
  io::TestFolder folder;
  io::ManualClock clock{TimestampMs{1'000'000}};
  ServerOptions options = test_options(folder.path());
  options.clock = &clock;
  options.max_connection_idle = std::chrono::milliseconds(200);
  const auto server = start_server(options);
  TestClient idle(*server);
  EXPECT_EQ(idle.ask(wire::ApiVersionsRequest{}, 0).error_code, KafkaError::kNone);
  TestClient busy(*server);
  ASSERT_EQ(create_topic(busy, "t"), KafkaError::kNone);
  const std::string large(200'000, 'x');
  // Pauses and large requests by turns: buffers are given back and taken again.
  for (std::int64_t i = 0; i < 40; ++i) {
    ASSERT_EQ(produce(busy, "t", test_batch({large})).base_offset, Offset{i});
    clock.advance(options.max_connection_idle / 2);
    EXPECT_FALSE(busy.has_input(std::chrono::milliseconds(15))) << "time for a look at all";
  }
  EXPECT_TRUE(idle.closed_by_server());
  EXPECT_THAT(reports(), Contains(HasSubstr("nothing was sent or received for too long")));
  EXPECT_EQ(server->metrics().connections_dropped, 1);
}

TEST_F(ConnectionTest, AProducerThatWantsNoAnswerGetsNone) {
  TestClient client(*server_);
  ASSERT_EQ(create_topic(client, "t"), KafkaError::kNone);
  const Bytes batch = test_batch({"unanswered"});
  auto request = produce_request("t", batch);
  request.acks = 0;
  ASSERT_TRUE(client.send(request, kByName, 1));
  EXPECT_THAT(values_in(client.ask(fetch_request("t", Offset{0}, 60'000), kByName)),
              ElementsAre("unanswered"));
}

TEST_F(ConnectionTest, AProducerThatWantsNoAnswerIsToldByClosing) {
  TestClient client(*server_);
  const Bytes batch = test_batch({"nowhere"});
  auto request = produce_request("no-such-topic", batch);
  request.acks = 0;
  ASSERT_TRUE(client.send(request, kByName, 1));
  EXPECT_TRUE(client.closed_by_server());
  EXPECT_THAT(reports(), Contains(HasSubstr("acks=0")));
}

}  // namespace
}  // namespace daybook::broker
