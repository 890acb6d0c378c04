// Configurations that change while the server runs, over real sockets.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "broker/settings/broker_settings.h"
#include "broker/settings/config_text.h"
#include "broker/test_requests.h"
#include "wire/apis/cluster/alter_configs.h"
#include "wire/apis/cluster/describe_configs.h"
#include "wire/apis/cluster/incremental_alter_configs.h"
#include "wire/apis/cluster/list_config_resources.h"
#include "wire/apis/groups/consumer_group_heartbeat.h"
#include "wire/apis/topics/metadata.h"

namespace daybook::broker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::SizeIs;
using wire::ConfigOperation;
using wire::KafkaError;

constexpr std::int8_t kTopic = 2;
constexpr std::int8_t kNode = 4;
constexpr std::int8_t kLogger = 8;
constexpr std::int8_t kClientMetrics = 16;
constexpr std::int8_t kGroup = 32;

using Alter = wire::IncrementalAlterConfigsRequest;
using Described = wire::DescribeConfigsResponse::Config;

class ConfigsTest : public testing::Test {
 protected:
  ConfigsTest() {
    start();
    EXPECT_EQ(create_topic(*client_, "t"), KafkaError::kNone);
  }

  void start(std::map<std::string, std::string> config = {}) {
    client_.reset();
    server_.reset();
    ServerOptions options = test_options(folder_.path());
    options.config = std::move(config);
    server_ = start_server(options);
    client_ = std::make_unique<TestClient>(*server_);
  }

  Alter::Resource resource(std::int8_t type, const std::string& name, const std::string& config,
                           ConfigOperation operation, std::optional<std::string> value) {
    return {type, name, {{config, operation, std::move(value)}}};
  }
  wire::IncrementalAlterConfigsResponse::Result alter(Alter::Resource resource,
                                                      bool validate_only = false) {
    Alter request;
    request.resources.push_back(std::move(resource));
    request.validate_only = validate_only;
    return client_->ask(request).responses.at(0);
  }
  KafkaError set(std::int8_t type, const std::string& name, const std::string& config,
                 const std::string& value) {
    return alter(resource(type, name, config, ConfigOperation::kSet, value)).error_code;
  }
  Described describe(std::int8_t type, const std::string& name, const std::string& config) {
    wire::DescribeConfigsRequest request;
    request.resources.push_back({type, name, std::vector<std::string>{config}});
    request.include_synonyms = true;
    request.include_documentation = true;
    const auto result = client_->ask(request).results.at(0);
    EXPECT_EQ(result.error_code, KafkaError::kNone);
    EXPECT_THAT(result.configs, SizeIs(1)) << config;
    return result.configs.empty() ? Described() : result.configs[0];
  }
  static std::vector<std::pair<std::string, int>> values(const Described& config) {
    std::vector<std::pair<std::string, int>> values;
    for (const auto& each : config.synonyms) {
      values.emplace_back(each.value.value_or("null"), each.source);
    }
    return values;
  }
  wire::KafkaError produce_one(std::size_t size_bytes) {
    return produce(*client_, "t", test_batch({std::string(size_bytes, 'x')})).error_code;
  }

  io::TestFolder folder_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<TestClient> client_;
};

TEST_F(ConfigsTest, WhatIsSetForATopicTakesEffectAtOnceAndOutlivesTheServer) {
  ASSERT_EQ(produce_one(2000), KafkaError::kNone);
  ASSERT_EQ(set(kTopic, "t", "max.message.bytes", "1000"), KafkaError::kNone);
  EXPECT_EQ(produce_one(2000), KafkaError::kMessageTooLarge);
  start();
  EXPECT_EQ(produce_one(2000), KafkaError::kMessageTooLarge);
  EXPECT_THAT(values(describe(kTopic, "t", "max.message.bytes")),
              ElementsAre(Pair("1000", 1), Pair("1048588", 5)));
  ASSERT_EQ(
      alter(resource(kTopic, "t", "max.message.bytes", ConfigOperation::kDelete, {})).error_code,
      KafkaError::kNone);
  EXPECT_EQ(produce_one(2000), KafkaError::kNone);
}

TEST_F(ConfigsTest, ListsAreAppendedToAndSubtractedFrom) {
  const auto change = [&](ConfigOperation operation, const char* value) {
    EXPECT_EQ(alter(resource(kTopic, "t", "cleanup.policy", operation, value)).error_code,
              KafkaError::kNone);
    return describe(kTopic, "t", "cleanup.policy").value.value_or("");
  };
  EXPECT_EQ(change(ConfigOperation::kAppend, "compact"), "delete,compact");
  EXPECT_EQ(change(ConfigOperation::kAppend, "compact"), "delete,compact");
  EXPECT_EQ(change(ConfigOperation::kSubtract, "delete"), "compact");
  // Of a list alone.
  const auto refused = alter(resource(kTopic, "t", "retention.ms", ConfigOperation::kAppend, "1"));
  EXPECT_EQ(refused.error_code, KafkaError::kInvalidConfig);
  EXPECT_THAT(refused.error_message.value_or(""), HasSubstr("is not a list"));
}

TEST_F(ConfigsTest, WhatCannotBeSetIsRefusedAndNothingChanges) {
  EXPECT_EQ(set(kTopic, "t", "no.such.config", "1"), KafkaError::kInvalidConfig);
  EXPECT_EQ(set(kTopic, "t", "retention.ms", "a lot"), KafkaError::kInvalidConfig);
  EXPECT_EQ(set(kTopic, "none", "retention.ms", "1"), KafkaError::kUnknownTopicOrPartition);
  EXPECT_EQ(set(kNode, "2", "num.partitions", "3"), KafkaError::kInvalidRequest);
  EXPECT_EQ(set(kNode, "1", "node.id", "3"), KafkaError::kInvalidConfig);
  EXPECT_EQ(set(99, "t", "retention.ms", "1"), KafkaError::kInvalidRequest);
  EXPECT_EQ(alter(resource(kTopic, "t", "retention.ms", ConfigOperation::kSet, {})).error_code,
            KafkaError::kInvalidRequest);
  EXPECT_EQ(alter(resource(kTopic, "t", "retention.ms", ConfigOperation{9}, "1")).error_code,
            KafkaError::kInvalidRequest);
  Alter twice;
  twice.resources = {resource(kTopic, "t", "retention.ms", ConfigOperation::kSet, "1"),
                     resource(kTopic, "t", "segment.ms", ConfigOperation::kSet, "1")};
  for (const auto& each : client_->ask(twice).responses) {
    EXPECT_EQ(each.error_code, KafkaError::kInvalidRequest);
  }
  EXPECT_EQ(describe(kTopic, "t", "retention.ms").value, "-1");
}

// MirrorMaker 2 copies a topic's configurations so: what is the default there is deleted here.
TEST_F(ConfigsTest, DeletingWhatNobodyKnowsChangesNothingAndIsNoFault) {
  ASSERT_EQ(set(kTopic, "t", "retention.ms", "7000"), KafkaError::kNone);
  for (const auto& [type, name] :
       {std::pair{kTopic, "t"}, {kNode, "1"}, {kNode, ""}, {kGroup, "g"}}) {
    EXPECT_EQ(
        alter(resource(type, name, "no.such.config", ConfigOperation::kDelete, {})).error_code,
        KafkaError::kNone);
  }
  EXPECT_EQ(describe(kTopic, "t", "retention.ms").value, "7000");
}

// A topic is copied from Apache Kafka with all that it was configured with.
TEST_F(ConfigsTest, WhatOnlyKafkaNeedsIsKeptAsItWasSaid) {
  const std::pair<const char*, const char*> kept[] = {
      {"compression.gzip.level", "9"},
      {"compression.lz4.level", "17"},
      {"compression.zstd.level", "-7"},
      {"follower.replication.throttled.replicas", "*"},
      {"leader.replication.throttled.replicas", "0:1,1:1"},
      {"local.retention.bytes", "-2"},
      {"local.retention.ms", "1000"},
      {"remote.log.copy.disable", "true"},
      {"remote.log.delete.on.disable", "true"},
      {"remote.storage.enable", "false"},
  };
  for (const auto& [name, value] : kept) {
    EXPECT_EQ(set(kTopic, "t", name, value), KafkaError::kNone) << name;
    EXPECT_EQ(describe(kTopic, "t", name).value, value);
  }
  const auto refused =
      alter(resource(kTopic, "t", "remote.storage.enable", ConfigOperation::kSet, "true"));
  EXPECT_EQ(refused.error_code, KafkaError::kInvalidConfig);
  EXPECT_THAT(refused.error_message.value_or(""), HasSubstr("expected false"));
}

TEST_F(ConfigsTest, ValidateOnlyChangesNothing) {
  const auto wanted = resource(kTopic, "t", "retention.ms", ConfigOperation::kSet, "1");
  EXPECT_EQ(alter(wanted, true).error_code, KafkaError::kNone);
  EXPECT_EQ(describe(kTopic, "t", "retention.ms").value, "-1");
  const auto bad = resource(kTopic, "t", "retention.ms", ConfigOperation::kSet, "x");
  EXPECT_EQ(alter(bad, true).error_code, KafkaError::kInvalidConfig);
}

TEST_F(ConfigsTest, AlterConfigsReplacesAllThatWasSet) {
  ASSERT_EQ(set(kTopic, "t", "segment.ms", "1000"), KafkaError::kNone);
  wire::AlterConfigsRequest request;
  request.resources.push_back({kTopic, "t", {{"retention.ms", "5000"}}});
  EXPECT_EQ(client_->ask(request).responses.at(0).error_code, KafkaError::kNone);
  EXPECT_EQ(describe(kTopic, "t", "retention.ms").value, "5000");
  EXPECT_EQ(describe(kTopic, "t", "segment.ms").config_source, 5);
}

TEST_F(ConfigsTest, TheNodesConfigurationIsTheTopicsDefault) {
  ASSERT_EQ(set(kNode, "", "message.max.bytes", "3000"), KafkaError::kNone);
  EXPECT_EQ(produce_one(2000), KafkaError::kNone);
  ASSERT_EQ(set(kNode, "1", "message.max.bytes", "1000"), KafkaError::kNone);
  EXPECT_EQ(produce_one(2000), KafkaError::kMessageTooLarge);
  start();
  EXPECT_EQ(produce_one(2000), KafkaError::kMessageTooLarge);
  EXPECT_THAT(values(describe(kTopic, "t", "max.message.bytes")),
              ElementsAre(Pair("1000", 2), Pair("3000", 3), Pair("1048588", 5)));
  ASSERT_EQ(set(kTopic, "t", "max.message.bytes", "9000"), KafkaError::kNone);
  EXPECT_EQ(produce_one(2000), KafkaError::kNone);
}

TEST_F(ConfigsTest, TheNodeMakesTopicsAsItIsToldTo) {
  const auto ask_for = [&](const char* name) {
    wire::MetadataRequest request;
    request.topics.emplace();
    request.topics->push_back({Uuid{}, name});
    return client_->ask(request).topics.at(0);
  };
  ASSERT_EQ(set(kNode, "1", "num.partitions", "3"), KafkaError::kNone);
  EXPECT_THAT(ask_for("made").partitions, SizeIs(3));
  ASSERT_EQ(set(kNode, "", "auto.create.topics.enable", "false"), KafkaError::kNone);
  EXPECT_EQ(ask_for("missing").error_code, KafkaError::kUnknownTopicOrPartition);
}

TEST_F(ConfigsTest, WhatTheServerWasStartedWithHoldsUntilSomethingElseIsSet) {
  start({{"log.retention.ms", "60000"}});
  EXPECT_THAT(values(describe(kTopic, "t", "retention.ms")),
              ElementsAre(Pair("60000", 4), Pair("-1", 5)));
  ASSERT_EQ(set(kNode, "", "log.retention.ms", "70000"), KafkaError::kNone);
  EXPECT_THAT(values(describe(kTopic, "t", "retention.ms")),
              ElementsAre(Pair("70000", 3), Pair("60000", 4), Pair("-1", 5)));
}

TEST_F(ConfigsTest, AnAddressHasAsManyConnectionsAsItMay) {
  start({{"max.connections.per.ip", "2"}});
  auto second = std::make_unique<TestClient>(*server_);
  second->ask(wire::MetadataRequest());
  TestClient third(*server_);
  EXPECT_FALSE(third.receive());
  // The place is free once the server has seen that the connection has ended: asked for until then.
  second.reset();
  bool accepted = false;
  while (!accepted) {
    TestClient next(*server_);
    accepted = next.send(wire::MetadataRequest(), 9, 1) && next.receive().has_value();
  }
  // It holds for those that come later.
  ASSERT_EQ(set(kNode, "", "max.connections.per.ip", "1"), KafkaError::kNone);
  TestClient refused(*server_);
  EXPECT_FALSE(refused.receive());
}

TEST_F(ConfigsTest, WhatIsSetForAGroupHoldsFromTheNextHeartbeatAndOutlivesTheServer) {
  wire::ConsumerGroupHeartbeatRequest beat;
  beat.group_id = "g";
  beat.member_id = "m";
  beat.rebalance_timeout_ms = 60'000;
  beat.subscribed_topic_names = std::vector<std::string>{"t"};
  beat.topic_partitions.emplace();
  const auto joined = client_->ask(beat);
  ASSERT_EQ(joined.error_code, KafkaError::kNone);
  EXPECT_EQ(joined.heartbeat_interval_ms, 5'000);
  ASSERT_EQ(set(kGroup, "g", "consumer.heartbeat.interval.ms", "7000"), KafkaError::kNone);
  beat.member_epoch = joined.member_epoch;
  EXPECT_EQ(client_->ask(beat).heartbeat_interval_ms, 7'000);
  start();
  beat.member_epoch = 0;
  EXPECT_EQ(client_->ask(beat).heartbeat_interval_ms, 7'000);
  EXPECT_THAT(values(describe(kGroup, "g", "consumer.heartbeat.interval.ms")),
              ElementsAre(Pair("7000", 8), Pair("5000", 5)));
  EXPECT_THAT(values(describe(kGroup, "never seen", "consumer.session.timeout.ms")),
              ElementsAre(Pair("45000", 5)));
  ASSERT_EQ(
      alter(resource(kGroup, "g", "consumer.heartbeat.interval.ms", ConfigOperation::kDelete, {}))
          .error_code,
      KafkaError::kNone);
  EXPECT_EQ(describe(kGroup, "g", "consumer.heartbeat.interval.ms").config_source, 5);
}

TEST_F(ConfigsTest, WhatHasConfigurationsIsListed) {
  ASSERT_EQ(set(kGroup, "g", "consumer.heartbeat.interval.ms", "7000"), KafkaError::kNone);
  const auto list = [&](std::vector<std::int8_t> types, std::int16_t version = 1) {
    const auto answer = client_->ask(wire::ListConfigResourcesRequest{std::move(types)}, version);
    EXPECT_EQ(answer.error_code, KafkaError::kNone);
    std::vector<std::pair<int, std::string>> resources;
    for (const auto& each : answer.config_resources) {
      resources.emplace_back(each.resource_type, each.resource_name);
    }
    return resources;
  };
  EXPECT_THAT(list({}), ElementsAre(Pair(kTopic, "t"), Pair(kNode, "1"), Pair(kGroup, "g")));
  EXPECT_THAT(list({kGroup, kGroup}), ElementsAre(Pair(kGroup, "g")));
  EXPECT_THAT(list({kClientMetrics}), SizeIs(0));
  EXPECT_THAT(list({}, 0), SizeIs(0));  // of client metrics alone
  EXPECT_EQ(client_->ask(wire::ListConfigResourcesRequest{{kGroup, 99}}).error_code,
            KafkaError::kUnsupportedVersion);
}

TEST_F(ConfigsTest, WhatCannotBeSetForAGroupIsRefused) {
  EXPECT_EQ(set(kGroup, "g", "consumer.session.timeout.ms", "44999"), KafkaError::kInvalidConfig);
  EXPECT_EQ(set(kGroup, "g", "consumer.session.timeout.ms", "60001"), KafkaError::kInvalidConfig);
  EXPECT_EQ(set(kGroup, "g", "streams.num.standby.replicas", "3"), KafkaError::kInvalidConfig);
  EXPECT_EQ(set(kGroup, "g", "streams.num.standby.replicas", "2"), KafkaError::kNone);
  EXPECT_EQ(set(kGroup, "g", "retention.ms", "1"), KafkaError::kInvalidConfig);
  EXPECT_EQ(set(kGroup, "", "consumer.session.timeout.ms", "50000"), KafkaError::kInvalidRequest);
  EXPECT_EQ(set(kGroup, std::string(2'000, 'g'), "consumer.session.timeout.ms", "50000"),
            KafkaError::kInvalidRequest);
  EXPECT_EQ(describe(kGroup, "g", "consumer.session.timeout.ms").config_source, 5);
}

TEST_F(ConfigsTest, WithoutANodesNameOnlyWhatIsSetForEveryNodeIsDescribed) {
  ASSERT_EQ(set(kNode, "", "log.retention.ms", "7000"), KafkaError::kNone);
  wire::DescribeConfigsRequest request;
  request.resources.push_back({kNode, "", std::nullopt});
  const auto configs = client_->ask(request).results.at(0).configs;
  ASSERT_THAT(configs, SizeIs(1));
  EXPECT_EQ(configs[0].name, "log.retention.ms");
  EXPECT_EQ(configs[0].config_source, 3);
}

TEST_F(ConfigsTest, LoggersAndClientMetricsHaveNone) {
  wire::DescribeConfigsRequest request;
  request.resources.push_back({kLogger, "1", std::nullopt});
  request.resources.push_back({kClientMetrics, "m", std::nullopt});
  request.resources.push_back({99, "x", std::nullopt});
  const auto results = client_->ask(request).results;
  for (const std::size_t i : {0u, 1u}) {
    EXPECT_EQ(results.at(i).error_code, KafkaError::kNone);
    EXPECT_THAT(results.at(i).configs, SizeIs(0));
  }
  EXPECT_EQ(results.at(2).error_code, KafkaError::kInvalidRequest);
}

TEST_F(ConfigsTest, EveryConfigurationIsDocumentedAndHasAType) {
  wire::DescribeConfigsRequest request;
  request.resources.push_back({kNode, "1", std::nullopt});
  request.resources.push_back({kTopic, "t", std::nullopt});
  request.resources.push_back({kGroup, "g", std::nullopt});
  request.include_documentation = true;
  const auto results = client_->ask(request).results;
  for (const auto& result : results) {
    for (const auto& config : result.configs) {
      EXPECT_NE(config.documentation.value_or(""), "") << config.name;
      EXPECT_GT(config.config_type, 0) << config.name;
      EXPECT_FALSE(config.is_sensitive) << config.name;
      EXPECT_TRUE(config.synonyms.empty()) << config.name;
    }
  }
  // What tools ask a broker for.
  for (const char* name : {"default.replication.factor", "inter.broker.protocol.version",
                           "log.retention.ms", "auto.create.topics.enable", "message.max.bytes",
                           "log.retention.check.interval.ms", "log.cleaner.backoff.ms"}) {
    EXPECT_NE(std::ranges::find(results[0].configs, name, &Described::name),
              results[0].configs.end())
        << name;
  }
}

}  // namespace
}  // namespace daybook::broker
