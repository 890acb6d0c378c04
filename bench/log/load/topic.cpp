#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <thread>

#include "broker_connection.h"
#include "modes.h"
#include "wire/apis/records/fetch.h"
#include "wire/apis/topics/create_topics.h"
#include "wire/apis/topics/delete_topics.h"
#include "wire/apis/topics/metadata.h"

namespace daybook::bench {
namespace {

constexpr std::int16_t kCreateTopicsVersion = 5;
constexpr std::int16_t kDeleteTopicsVersion = 5;
constexpr std::int16_t kFetchVersion = 12;
constexpr std::int16_t kMetadataVersion = 9;
constexpr std::int32_t kTimeoutMs = 30'000;
constexpr double kPatienceSeconds = 30;
constexpr std::chrono::milliseconds kPause{20};

// Kafka tells of leaders before they serve.
bool all_serve(const Settings& settings, BrokerConnection& connection) {
  wire::FetchRequest request;
  auto& topic = request.topics.emplace_back();
  topic.topic = settings.topic;
  for (std::int32_t i = 0; i < settings.partitions; ++i) {
    topic.partitions.emplace_back().partition = PartitionId{i};
  }
  connection.ask<wire::FetchApi>(request, kFetchVersion);
  const auto response = connection.answer<wire::FetchApi>(kFetchVersion);
  const auto serves = [](const auto& partition) {
    return partition.error_code == wire::KafkaError::kNone;
  };
  return response.responses.size() == 1 &&
         std::ranges::all_of(response.responses.front().partitions, serves);
}

void await_leaders(const Settings& settings, BrokerConnection& connection) {
  wire::MetadataRequest request;
  request.topics.emplace().push_back({.topic_id = {}, .name = settings.topic});
  for (const auto start = Clock::now(); seconds_since(start) < kPatienceSeconds;) {
    connection.ask<wire::MetadataApi>(request, kMetadataVersion);
    const auto response = connection.answer<wire::MetadataApi>(kMetadataVersion);
    const auto& topic = response.topics.at(0);
    bool ready = topic.error_code == wire::KafkaError::kNone &&
                 topic.partitions.size() == static_cast<std::size_t>(settings.partitions);
    for (const auto& partition : topic.partitions) {
      ready = ready && partition.error_code == wire::KafkaError::kNone;
    }
    if (ready && all_serve(settings, connection)) return;
    std::this_thread::sleep_for(kPause);
  }
  give_up(fmt::format("topic {} has no leaders in time", settings.topic));
}

}  // namespace

void create_topic(const Settings& settings) {
  BrokerConnection connection(settings.broker);
  wire::CreateTopicsRequest request;
  request.timeout_ms = kTimeoutMs;
  auto& topic = request.topics.emplace_back();
  topic.name = settings.topic;
  topic.num_partitions = settings.partitions;
  topic.replication_factor = 1;
  for (std::string_view rest = settings.configs; !rest.empty();) {
    const std::string_view one = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), one.size() + 1));
    const std::size_t equals = one.find('=');
    topic.configs.push_back(
        {std::string(one.substr(0, equals)), std::string(one.substr(equals + 1))});
  }
  connection.ask<wire::CreateTopicsApi>(request, kCreateTopicsVersion);
  const auto response = connection.answer<wire::CreateTopicsApi>(kCreateTopicsVersion);
  const auto& made = response.topics.at(0);
  if (made.error_code != wire::KafkaError::kNone) {
    give_up(fmt::format("cannot create topic {}: {} {}", settings.topic, to_string(made.error_code),
                        made.error_message.value_or("")));
  }
  await_leaders(settings, connection);
  fmt::print("{{}}\n");
}

void delete_topic(const Settings& settings) {
  BrokerConnection connection(settings.broker);
  wire::DeleteTopicsRequest request;
  request.timeout_ms = kTimeoutMs;
  request.topic_names.push_back(settings.topic);
  connection.ask<wire::DeleteTopicsApi>(request, kDeleteTopicsVersion);
  const auto response = connection.answer<wire::DeleteTopicsApi>(kDeleteTopicsVersion);
  if (const auto error = response.responses.at(0).error_code; error != wire::KafkaError::kNone) {
    give_up(fmt::format("cannot delete topic {}: {}", settings.topic, to_string(error)));
  }
  fmt::print("{{}}\n");
}

}  // namespace daybook::bench
