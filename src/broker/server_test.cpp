// Starting, stopping, crashing: what a data folder is after each.

#include "broker/server.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <mutex>

#include "base/report.h"
#include "broker/test_requests.h"
#include "catalog/catalog.h"
#include "wire/apis/topics/metadata.h"
#include "wire/apis/transactions/init_producer_id.h"

namespace daybook::broker {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using wire::KafkaError;

class ServerTest : public testing::Test {
 protected:
  std::unique_ptr<Server> start() { return start_server(test_options(folder_.path())); }

  static std::vector<std::string> values(const Server& server, const std::string& topic) {
    TestClient client(server);
    return values_in(client.ask(fetch_request(topic, Offset{0}), kByName));
  }

  static KafkaError topic_error(const Server& server, const std::string& topic) {
    TestClient client(server);
    wire::MetadataRequest request;
    request.topics.emplace();
    request.topics->push_back({Uuid{}, topic});
    request.allow_auto_topic_creation = false;
    return client.ask(request).topics.at(0).error_code;
  }

  std::string path(const std::string& name) const { return folder_.path() + "/" + name; }

  std::mutex mutex_;
  std::vector<std::string> reports_;
  ScopedReportSink sink_{[this](Severity, std::string_view, std::string_view message) {
    const std::lock_guard lock(mutex_);
    reports_.emplace_back(message);
  }};
  io::TestFolder folder_;
};

TEST_F(ServerTest, EverythingIsThereAfterARestart) {
  Uuid cluster;
  ProducerId first_id;
  {
    const auto server = start();
    cluster = server->cluster_id();
    TestClient client(*server);
    ASSERT_EQ(create_topic(client, "t", 2), KafkaError::kNone);
    ASSERT_EQ(produce(client, "t", test_batch({"a", "b"})).error_code, KafkaError::kNone);
    first_id = client.ask(wire::InitProducerIdRequest{}).producer_id;
    EXPECT_TRUE(server->stop());
    EXPECT_TRUE(server->stop()) << "again does nothing";
  }
  const auto server = start();
  EXPECT_EQ(server->cluster_id(), cluster);
  EXPECT_THAT(values(*server, "t"), ElementsAre("a", "b"));
  TestClient client(*server);
  EXPECT_EQ(produce(client, "t", test_batch({"c"})).base_offset, Offset{2});
  EXPECT_GT(client.ask(wire::InitProducerIdRequest{}).producer_id, first_id);
}

TEST_F(ServerTest, StoppingAnswersWhoWaits) {
  const auto server = start();
  TestClient client(*server);
  ASSERT_EQ(create_topic(client, "t"), KafkaError::kNone);
  ASSERT_TRUE(client.send(fetch_request("t", Offset{0}, 60'000), kByName, 3));
  EXPECT_TRUE(eventually([&] { return server->metrics().fetches_waiting == 1; }));
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(server->stop());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, kTestPatience / 2);
  EXPECT_THAT(values_in(client.receive<wire::FetchRequest>(kByName, 3)), IsEmpty());
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(ServerTest, AFolderInUseIsRefusedAndItsUserNamed) {
  // Another process holds it, as locks of one process do not exclude each other on every system.
  int fds[2];
  ASSERT_EQ(::pipe(fds), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto server = Server::start(test_options(folder_.path()));
    const char ready = server ? 'y' : 'n';
    if (::write(fds[1], &ready, 1) != 1) ::_exit(1);
    ::pause();
  }
  char ready = 0;
  ASSERT_EQ(::read(fds[0], &ready, 1), 1);
  ASSERT_EQ(ready, 'y');
  const auto refused = Server::start(test_options(folder_.path()));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(refused.error().message, HasSubstr(std::to_string(child)));
  EXPECT_THAT(refused.error().message, HasSubstr(folder_.path()));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_NE(start(), nullptr) << "a dead process holds nothing";
}

TEST_F(ServerTest, APortInUseIsRefusedAndNamed) {
  const auto server = start();
  io::TestFolder other;
  ServerOptions options = test_options(other.path());
  options.kafka_listen = server->kafka_address();
  const auto refused = Server::start(options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(refused.error().message, HasSubstr(server->kafka_address()));
}

TEST_F(ServerTest, OptionsThatMakeNoSenseAreRefused) {
  ServerOptions options = test_options("");
  EXPECT_EQ(Server::start(options).error().code, ErrorCode::kInvalid);
  options = test_options(folder_.path());
  options.kafka_listen = "nowhere";
  EXPECT_EQ(Server::start(options).error().code, ErrorCode::kInvalid);
  options.kafka_listen = "192.0.2.1:0";
  EXPECT_EQ(Server::start(options).error().code, ErrorCode::kInvalid);
  options = test_options(folder_.path());
  options.io_threads = -1;
  EXPECT_EQ(Server::start(options).error().code, ErrorCode::kInvalid);
  options = test_options(folder_.path());
  options.config = {{"num.partitions", "0"}};
  EXPECT_EQ(Server::start(options).error().code, ErrorCode::kInvalid);
}

TEST_F(ServerTest, TheAdvertisedAddressIsTold) {
  ServerOptions options = test_options(folder_.path());
  options.kafka_listen = "0.0.0.0:0";
  {
    const auto server = start_server(options);
    TestClient client(*server);
    EXPECT_EQ(client.ask(wire::MetadataRequest{}).brokers.at(0).host, "127.0.0.1")
        << "where the client reached it";
  }
  options.kafka_advertised = "broker.example:1234";
  const auto server = start_server(options);
  TestClient client(*server);
  EXPECT_EQ(client.ask(wire::MetadataRequest{}).brokers.at(0).host, "broker.example");
  EXPECT_EQ(client.ask(wire::MetadataRequest{}).brokers.at(0).port, 1234);
}

TEST_F(ServerTest, ACorruptPartitionDoesNotStopTheOthers) {
  {
    const auto server = start();
    TestClient client(*server);
    ASSERT_EQ(create_topic(client, "bad"), KafkaError::kNone);
    ASSERT_EQ(create_topic(client, "good"), KafkaError::kNone);
    ASSERT_EQ(produce(client, "bad", test_batch({"one"})).error_code, KafkaError::kNone);
    ASSERT_EQ(produce(client, "bad", test_batch({"two"})).error_code, KafkaError::kNone);
    ASSERT_EQ(produce(client, "good", test_batch({"kept"})).error_code, KafkaError::kNone);
  }
  const std::string file = path("log/bad-0/00000000000000000000.log");
  {
    auto damaged = io::real_file_system().open(file, io::OpenMode::kWrite);
    ASSERT_TRUE(damaged);
    const std::byte noise{0x5a};
    ASSERT_TRUE((*damaged)->write_at(30, BytesView(&noise, 1)));
  }
  const auto server = start();
  ASSERT_NE(server, nullptr);
  EXPECT_THAT(values(*server, "good"), ElementsAre("kept"));
  TestClient client(*server);
  const auto fetched = client.ask(fetch_request("bad", Offset{0}), kByName);
  EXPECT_EQ(fetched.responses.at(0).partitions.at(0).error_code, KafkaError::kKafkaStorageError);
  const std::lock_guard lock(mutex_);
  EXPECT_THAT(reports_, Contains(HasSubstr("00000000000000000000.log")));
}

TEST_F(ServerTest, WhatTheCatalogDecidedIsCarriedOutAtTheNextStart) {
  catalog::Topic half_made{.name = "half-made", .id = random_uuid(), .partitions = 2};
  catalog::Topic half_gone{.name = "half-gone", .id = random_uuid(), .partitions = 2};
  {
    const auto server = start();
    TestClient client(*server);
    ASSERT_EQ(create_topic(client, "kept"), KafkaError::kNone);
  }
  {
    auto catalog = catalog::Catalog::open(path("catalog.db"));
    ASSERT_TRUE(catalog);
    ASSERT_TRUE((*catalog)->create_topic(half_made));
    ASSERT_TRUE((*catalog)->create_topic(half_gone));
    ASSERT_TRUE((*catalog)->mark_topic_deleting(half_gone.id));
  }
  ASSERT_TRUE(io::real_file_system().create_folders(path("log/stranger-0")));
  const auto server = start();
  TestClient client(*server);
  EXPECT_EQ(produce(client, "half-made", test_batch({"x"}), PartitionId{1}).error_code,
            KafkaError::kNone);
  EXPECT_EQ(topic_error(*server, "half-gone"), KafkaError::kUnknownTopicOrPartition);
  EXPECT_EQ(create_topic(client, "half-gone"), KafkaError::kNone) << "its name is free";
  EXPECT_EQ(topic_error(*server, "kept"), KafkaError::kNone);
}

// A child serves; it is killed while clients produce. What they were told is stored, is.
TEST_F(ServerTest, WhatWasAcknowledgedSurvivesAKill) {
  std::int64_t acknowledged = 0;
  for (int round = 0; round < 3; ++round) {
    int fds[2];
    ASSERT_EQ(::pipe(fds), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      const auto server = Server::start(test_options(folder_.path()));
      const std::uint16_t port = server ? (*server)->kafka_port() : 0;
      if (::write(fds[1], &port, sizeof(port)) != sizeof(port)) ::_exit(1);
      ::pause();
    }
    std::uint16_t port = 0;
    ASSERT_EQ(::read(fds[0], &port, sizeof(port)), ssize_t{sizeof(port)});
    ASSERT_NE(port, 0);
    TestClient client(port);
    if (round == 0) {
      ASSERT_EQ(create_topic(client, "t"), KafkaError::kNone);
    }
    for (int i = 0; i < 20; ++i) {
      const std::string value = std::to_string(acknowledged);
      ASSERT_EQ(produce(client, "t", test_batch({value})).base_offset, Offset{acknowledged});
      ++acknowledged;
    }
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ::close(fds[0]);
    ::close(fds[1]);
  }
  const auto server = start();
  const auto stored = values(*server, "t");
  ASSERT_EQ(stored.size(), static_cast<std::size_t>(acknowledged));
  for (std::size_t i = 0; i < stored.size(); ++i) EXPECT_EQ(stored[i], std::to_string(i));
}

}  // namespace
}  // namespace daybook::broker
