// Topics and configurations, over real sockets.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <latch>

#include "base/report.h"
#include "broker/test_requests.h"
#include "broker/topics/topic_config.h"
#include "catalog/catalog.h"
#include "io/file_system.h"
#include "wire/apis/cluster/describe_configs.h"
#include "wire/apis/groups/offset_fetch.h"
#include "wire/apis/topics/delete_topics.h"
#include "wire/apis/topics/metadata.h"

namespace daybook::broker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using wire::KafkaError;

// A disk on which removing folders takes as long as the test wants.
class SlowToRemove final : public io::FileSystem {
 public:
  void release() { released_.count_down(); }
  bool is_removing() const { return removing_; }

  Status remove_folder(const std::string& path) override {
    removing_ = true;
    released_.wait();
    return disk_.remove_folder(path);
  }
  Result<std::unique_ptr<io::File>> open(const std::string& path, io::OpenMode mode) override {
    return disk_.open(path, mode);
  }
  Result<std::vector<io::Entry>> list(const std::string& folder) override {
    return disk_.list(folder);
  }
  Result<bool> exists(const std::string& path) override { return disk_.exists(path); }
  Status create_folders(const std::string& path) override { return disk_.create_folders(path); }
  Status rename(const std::string& from, const std::string& to) override {
    return disk_.rename(from, to);
  }
  Status remove(const std::string& path) override { return disk_.remove(path); }
  Status sync_directory(const std::string& path) override { return disk_.sync_directory(path); }
  Result<io::DiskSpace> space(const std::string& folder) override { return disk_.space(folder); }
  Result<std::unique_ptr<io::FolderLock>> lock_folder(const std::string& path) override {
    return disk_.lock_folder(path);
  }

 private:
  io::FileSystem& disk_ = io::real_file_system();
  std::latch released_{1};
  std::atomic<bool> removing_ = false;
};

class TopicsTest : public testing::Test {
 protected:
  TopicsTest() : server_(start_server(test_options(folder_.path()))), client_(*server_) {}

  wire::CreateTopicsResponse::Topic create(wire::CreateTopicsRequest::Topic topic,
                                           bool validate_only = false) {
    wire::CreateTopicsRequest request;
    request.topics.push_back(std::move(topic));
    request.validate_only = validate_only;
    return client_.ask(request).topics.at(0);
  }
  static wire::CreateTopicsRequest::Topic named(const std::string& name) {
    wire::CreateTopicsRequest::Topic topic;
    topic.name = name;
    topic.num_partitions = -1;
    topic.replication_factor = -1;
    return topic;
  }

  wire::MetadataResponse::Topic metadata(const std::string& name, bool auto_create = false) {
    wire::MetadataRequest request;
    request.topics.emplace();
    request.topics->push_back({Uuid{}, name});
    request.allow_auto_topic_creation = auto_create;
    return client_.ask(request).topics.at(0);
  }

  KafkaError remove(const std::string& name) {
    wire::DeleteTopicsRequest request;
    request.topics.push_back({name, Uuid{}});
    return client_.ask(request).responses.at(0).error_code;
  }

  io::TestFolder folder_;
  std::unique_ptr<Server> server_;
  TestClient client_;
};

TEST_F(TopicsTest, ACreatedTopicIsDescribedAndListed) {
  auto topic = named("t");
  topic.num_partitions = 3;
  topic.configs.push_back({"retention.ms", "5000"});
  const auto created = create(std::move(topic));
  EXPECT_EQ(created.error_code, KafkaError::kNone);
  EXPECT_EQ(created.num_partitions, 3);
  EXPECT_EQ(created.replication_factor, 1);
  const auto described = metadata("t");
  EXPECT_EQ(described.topic_id, created.topic_id);
  ASSERT_THAT(described.partitions, SizeIs(3));
  EXPECT_EQ(described.partitions[2].partition_index, PartitionId{2});
  EXPECT_EQ(described.partitions[2].leader_id, 1);
  EXPECT_THAT(described.partitions[2].replica_nodes, ElementsAre(1));
  const auto all = client_.ask(wire::MetadataRequest{});
  ASSERT_THAT(all.topics, SizeIs(1));
  ASSERT_THAT(all.brokers, SizeIs(1));
  EXPECT_EQ(all.brokers[0].port, server_->kafka_port());
  EXPECT_EQ(all.brokers[0].host, "127.0.0.1");
  EXPECT_EQ(all.cluster_id, to_string(server_->cluster_id()));
  EXPECT_THAT(server_->topics(), SizeIs(1));
}

TEST_F(TopicsTest, WhatCannotBeMadeIsRefusedWithKafkasCode) {
  ASSERT_EQ(create(named("taken")).error_code, KafkaError::kNone);
  EXPECT_EQ(create(named("taken")).error_code, KafkaError::kTopicAlreadyExists);
  for (const char* name : {"", ".", "..", "a/b", "a b", "\xc3\xa4"}) {
    EXPECT_EQ(create(named(name)).error_code, KafkaError::kInvalidTopicException) << name;
  }
  EXPECT_EQ(create(named(std::string(250, 'x'))).error_code, KafkaError::kInvalidTopicException);
  auto topic = named("t");
  topic.num_partitions = 0;
  EXPECT_EQ(create(topic).error_code, KafkaError::kInvalidPartitions);
  topic = named("t");
  topic.replication_factor = 3;
  EXPECT_EQ(create(topic).error_code, KafkaError::kInvalidReplicationFactor);
  topic = named("t");
  topic.assignments.push_back({PartitionId{0}, {2}});
  EXPECT_EQ(create(topic).error_code, KafkaError::kInvalidReplicaAssignment);
  topic = named("t");
  topic.configs.push_back({"no.such.config", "1"});
  EXPECT_EQ(create(topic).error_code, KafkaError::kInvalidConfig);
  topic = named("t");
  topic.configs.push_back({"retention.ms", "a lot"});
  const auto refused = create(topic);
  EXPECT_EQ(refused.error_code, KafkaError::kInvalidConfig);
  EXPECT_THAT(refused.error_message.value_or(""), HasSubstr("'a lot' is not a value of "));
  EXPECT_EQ(metadata("t").error_code, KafkaError::kUnknownTopicOrPartition);
}

TEST_F(TopicsTest, NamesThatMetricsTakeForOneCannotBothBeTopics) {
  ASSERT_EQ(create(named("a.b_c")).error_code, KafkaError::kNone);
  const auto refused = create(named("a_b.c"));
  EXPECT_EQ(refused.error_code, KafkaError::kInvalidTopicException);
  EXPECT_THAT(refused.error_message.value_or(""), HasSubstr("'a.b_c'"));
  EXPECT_EQ(metadata("a_b_c", /*auto_create=*/true).error_code, KafkaError::kInvalidTopicException);
  EXPECT_EQ(create(named("a.b_c")).error_code, KafkaError::kTopicAlreadyExists);
  EXPECT_EQ(create(named("a.b-c")).error_code, KafkaError::kNone);
  ASSERT_EQ(remove("a.b_c"), KafkaError::kNone);
  EXPECT_EQ(create(named("a_b.c")).error_code, KafkaError::kNone);
}

TEST_F(TopicsTest, TheSameNameTwiceInARequestIsRefusedTwice) {
  wire::CreateTopicsRequest request;
  request.topics = {named("t"), named("t"), named("other")};
  const auto answers = client_.ask(request).topics;
  EXPECT_EQ(answers.at(0).error_code, KafkaError::kInvalidRequest);
  EXPECT_EQ(answers.at(1).error_code, KafkaError::kInvalidRequest);
  EXPECT_EQ(answers.at(2).error_code, KafkaError::kNone);
}

TEST_F(TopicsTest, ValidateOnlyMakesNothing) {
  EXPECT_EQ(create(named("t"), true).error_code, KafkaError::kNone);
  EXPECT_EQ(metadata("t").error_code, KafkaError::kUnknownTopicOrPartition);
}

TEST_F(TopicsTest, AskingForMetadataMakesTheTopicIfBothSidesWantIt) {
  EXPECT_EQ(metadata("t", false).error_code, KafkaError::kUnknownTopicOrPartition);
  const auto made = metadata("t", true);
  EXPECT_EQ(made.error_code, KafkaError::kNone);
  EXPECT_THAT(made.partitions, SizeIs(1));
  EXPECT_EQ(metadata("a/b", true).error_code, KafkaError::kInvalidTopicException);
}

TEST_F(TopicsTest, ManyClientsThatAskForOneTopicGetTheSame) {
  std::vector<std::unique_ptr<TestClient>> clients;
  wire::MetadataRequest request;
  request.topics.emplace();
  request.topics->push_back({Uuid{}, "t"});
  for (std::int32_t i = 0; i < 10; ++i) {
    clients.push_back(std::make_unique<TestClient>(*server_));
    ASSERT_TRUE(clients.back()->send(request, 12, i));
  }
  for (std::int32_t i = 0; i < 10; ++i) {
    const auto topic =
        clients[static_cast<std::size_t>(i)]->receive<wire::MetadataRequest>(12, i).topics.at(0);
    EXPECT_EQ(topic.error_code, KafkaError::kNone);
    EXPECT_EQ(topic.topic_id, metadata("t").topic_id);
  }
}

TEST_F(TopicsTest, WhatIsNamedAgainAndAgainIsDescribedOnce) {
  const Uuid id = create(named("t")).topic_id;
  wire::MetadataRequest request;
  request.topics.emplace();
  for (int i = 0; i < 3; ++i) request.topics->push_back({Uuid{}, "t"});
  for (int i = 0; i < 3; ++i) request.topics->push_back({id, std::nullopt});
  EXPECT_THAT(client_.ask(request).topics, SizeIs(2));
  wire::DescribeConfigsRequest configs;
  for (int i = 0; i < 3; ++i) configs.resources.push_back({2, "t", std::nullopt});
  EXPECT_THAT(client_.ask(configs).results, SizeIs(1));
  wire::OffsetFetchRequest offsets;
  offsets.groups.resize(3);
  for (auto& group : offsets.groups) group.group_id = "g";
  EXPECT_THAT(client_.ask(offsets).groups, SizeIs(1));
}

TEST_F(TopicsTest, ServersThatDoNotMakeTopicsSayThatThereIsNone) {
  io::TestFolder folder;
  ServerOptions options = test_options(folder.path());
  options.config = {{"auto.create.topics.enable", "false"}};
  const auto server = start_server(options);
  TestClient client(*server);
  wire::MetadataRequest request;
  request.topics.emplace();
  request.topics->push_back({Uuid{}, "t"});
  EXPECT_EQ(client.ask(request).topics.at(0).error_code, KafkaError::kUnknownTopicOrPartition);
}

TEST_F(TopicsTest, ADeletedTopicIsGoneAndItsNameStartsAfresh) {
  const Uuid first = create(named("t")).topic_id;
  ASSERT_EQ(produce(client_, "t", test_batch({"old"})).error_code, KafkaError::kNone);
  EXPECT_EQ(remove("t"), KafkaError::kNone);
  EXPECT_EQ(remove("t"), KafkaError::kUnknownTopicOrPartition);
  EXPECT_EQ(metadata("t").error_code, KafkaError::kUnknownTopicOrPartition);
  const auto again = create(named("t"));
  EXPECT_EQ(again.error_code, KafkaError::kNone);
  EXPECT_NE(again.topic_id, first);
  EXPECT_EQ(produce(client_, "t", test_batch({"new"})).base_offset, Offset{0});
}

TEST_F(TopicsTest, NobodyWaitsForTheBytesOfADeletedTopicToGo) {
  io::TestFolder folder;
  SlowToRemove disk;
  ServerOptions options = test_options(folder.path());
  options.file_system = &disk;
  const auto server = start_server(options);
  TestClient client(*server);
  ASSERT_EQ(create_topic(client, "old", 2), KafkaError::kNone);
  wire::DeleteTopicsRequest request;
  request.topics.push_back({"old", Uuid{}});
  EXPECT_EQ(client.ask(request).responses.at(0).error_code, KafkaError::kNone);
  ASSERT_TRUE(eventually([&] { return disk.is_removing(); }));
  EXPECT_EQ(create_topic(client, "new", 2), KafkaError::kNone);
  EXPECT_EQ(produce(client, "new", test_batch({"x"})).error_code, KafkaError::kNone);
  disk.release();
  ASSERT_TRUE(server->stop());
}

TEST_F(TopicsTest, AFolderThatBelongsToNoTopicIsNeitherServedNorRemoved) {
  const ScopedReportSink quiet([](Severity, std::string_view, std::string_view) {});
  ASSERT_EQ(create_topic(client_, "t", 2), KafkaError::kNone);
  ASSERT_EQ(produce(client_, "t", test_batch({"kept"})).error_code, KafkaError::kNone);
  ASSERT_TRUE(server_->stop());
  server_.reset();
  // The catalog is lost.
  for (const char* suffix : {"", "-wal", "-shm"}) {
    [[maybe_unused]] const Status removed =
        io::real_file_system().remove(folder_.path() + "/catalog.db" + suffix);
  }
  const std::string records = folder_.path() + "/log/t-0/00000000000000000000.log";
  const auto size = [&] {
    return io::real_file_system().open(records, io::OpenMode::kRead).value()->size().value();
  };
  const std::uint64_t before = size();
  ASSERT_GT(before, 0u);
  server_ = start_server(test_options(folder_.path()));
  TestClient client(*server_);
  wire::CreateTopicsRequest request;
  request.topics = {named("t")};
  const auto refused = client.ask(request).topics.at(0);
  EXPECT_EQ(refused.error_code, KafkaError::kTopicAlreadyExists);
  EXPECT_THAT(refused.error_message.value_or(""), HasSubstr("t-0 belongs to no topic"));
  EXPECT_THAT(server_->topics(), SizeIs(0));
  EXPECT_EQ(size(), before);
}

TEST_F(TopicsTest, ATopicThatCannotBeStopsTheStartAndMakesNoFolder) {
  ASSERT_TRUE(server_->stop());
  server_.reset();
  const std::string path = folder_.path() + "/catalog.db";
  for (const catalog::Topic& topic :
       {catalog::Topic{.name = "../out", .id = random_uuid()},
        catalog::Topic{.name = "many", .id = random_uuid(), .partitions = 2'000'000'000}}) {
    ASSERT_TRUE((*catalog::Catalog::open(path))->create_topic(topic));
    const auto started = Server::start(test_options(folder_.path()));
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, ErrorCode::kCorrupt);
    EXPECT_THAT(started.error().message, HasSubstr("a topic '" + topic.name + "'"));
    ASSERT_TRUE((*catalog::Catalog::open(path))->forget_topic(topic.id));
  }
  EXPECT_FALSE(io::real_file_system().exists(folder_.path() + "/out-0").value());
}

TEST_F(TopicsTest, TopicsAreDeletedByIdToo) {
  const Uuid id = create(named("t")).topic_id;
  wire::DeleteTopicsRequest request;
  request.topics.push_back({std::nullopt, id});
  const auto answer = client_.ask(request).responses.at(0);
  EXPECT_EQ(answer.error_code, KafkaError::kNone);
  EXPECT_EQ(answer.name, "t");
  EXPECT_EQ(client_.ask(request).responses.at(0).error_code, KafkaError::kUnknownTopicId);
}

TEST_F(TopicsTest, DeletingATopicEndsTheWaitForItsRecords) {
  create(named("t"));
  TestClient waiting(*server_);
  ASSERT_TRUE(waiting.send(fetch_request("t", Offset{0}, 60'000), kByName, 1));
  EXPECT_TRUE(eventually([&] { return server_->metrics().fetches_waiting == 1; }));
  ASSERT_EQ(remove("t"), KafkaError::kNone);
  const auto answer = waiting.receive<wire::FetchRequest>(kByName, 1);
  EXPECT_EQ(answer.responses.at(0).partitions.at(0).error_code,
            KafkaError::kUnknownTopicOrPartition);
}

TEST_F(TopicsTest, ConfigurationsAreDescribedWithWhereTheyComeFrom) {
  auto topic = named("t");
  topic.configs.push_back({"retention.ms", "5000"});
  create(std::move(topic));
  wire::DescribeConfigsRequest request;
  request.resources.push_back({2, "t", std::nullopt});
  request.resources.push_back({2, "none", std::nullopt});
  request.resources.push_back({4, "1", std::vector<std::string>{"default.replication.factor"}});
  request.resources.push_back({4, "77", std::nullopt});
  request.resources.push_back({99, "x", std::nullopt});
  request.include_synonyms = true;
  const auto results = client_.ask(request).results;
  ASSERT_THAT(results.at(0).configs, SizeIs(topic_config_definitions().size()));
  for (const auto& config : results[0].configs) {
    EXPECT_EQ(config.config_source, config.name == "retention.ms" ? 1 : 5) << config.name;
    if (config.name == "retention.ms") {
      EXPECT_EQ(config.value, "5000");
    }
    if (config.name == "cleanup.policy") {
      EXPECT_EQ(config.value, "delete");
    }
  }
  EXPECT_EQ(results.at(1).error_code, KafkaError::kUnknownTopicOrPartition);
  ASSERT_THAT(results.at(2).configs, SizeIs(1));
  EXPECT_EQ(results[2].configs[0].value, "1");
  EXPECT_EQ(results.at(3).error_code, KafkaError::kInvalidRequest);
  EXPECT_EQ(results.at(4).error_code, KafkaError::kInvalidRequest);
}

TEST(TopicConfig, EveryDefaultIsAValueOfItsConfiguration) {
  std::string_view before;
  for (const ConfigDefinition& definition : topic_config_definitions()) {
    const Config config = {{std::string(definition.name), std::string(definition.default_value)}};
    EXPECT_TRUE(check_topic_config(config)) << definition.name;
    EXPECT_LT(before, definition.name) << "ordered by name";
    before = definition.name;
  }
  EXPECT_EQ(topic_settings({}).log.segment_bytes, 1u << 30);
}

TEST(TopicConfig, ListsAndBoundsAreChecked) {
  EXPECT_TRUE(check_topic_config({{"cleanup.policy", "compact,delete"}}));
  EXPECT_FALSE(check_topic_config({{"cleanup.policy", "compact,drop"}}));
  EXPECT_FALSE(check_topic_config({{"cleanup.policy", ""}}));
  EXPECT_FALSE(check_topic_config({{"segment.bytes", "10"}}));
  EXPECT_FALSE(check_topic_config({{"min.cleanable.dirty.ratio", "1.5"}}));
  EXPECT_TRUE(check_topic_config({{"min.cleanable.dirty.ratio", "0.25"}}));
  EXPECT_FALSE(check_topic_config({{"preallocate", "yes"}}));
  EXPECT_TRUE(topic_settings({{"cleanup.policy", "compact"}}).compacted);
}

}  // namespace
}  // namespace daybook::broker
