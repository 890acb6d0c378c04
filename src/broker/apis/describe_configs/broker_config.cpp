#include "broker/apis/describe_configs/broker_config.h"

#include <limits>

#include "broker/cleaner/cleaner.h"
#include "broker/groups/coordinator.h"
#include "broker/limits.h"

namespace daybook::broker::apis {
namespace {

// Consoles read the protocol's level from it: the release whose version ranges are served.
constexpr const char* kProtocolLevel = "4.2-IV1";

std::string milliseconds(std::chrono::milliseconds time) {
  return std::to_string(time.count());
}

// Kafka has no word for "for ever": the longest that there is, 4,000 years.
std::string retention_minutes(std::chrono::milliseconds time) {
  if (time.count() == 0) return std::to_string(std::numeric_limits<std::int32_t>::max());
  return std::to_string(std::chrono::duration_cast<std::chrono::minutes>(time).count());
}

}  // namespace

std::vector<BrokerConfig> broker_configs(const Core& core, const Endpoint& advertised) {
  using enum ConfigType;
  const GroupSettings& groups = core.groups.settings();
  const ConsumerGroupSettings consumers{};
  const StreamsGroupSettings streams{};
  const std::string listener =
      "PLAINTEXT://" + advertised.host + ":" + std::to_string(advertised.port);
  return {
      {"advertised.listeners", listener, kString},
      {"broker.id", std::to_string(kNodeId), kInt},
      {"connections.max.idle.ms", milliseconds(core.settings.max_connection_idle), kLong},
      {"default.replication.factor", "1", kInt},
      {"delete.topic.enable", "true", kBoolean},
      {"fetch.max.bytes", std::to_string(kMaxFetchBytes), kInt},
      {"group.consumer.assignors", "uniform,range", kList},
      {"group.consumer.heartbeat.interval.ms", milliseconds(consumers.heartbeat_interval), kInt},
      {"group.consumer.max.heartbeat.interval.ms", milliseconds(kMostConsumerHeartbeat), kInt},
      {"group.consumer.max.session.timeout.ms", milliseconds(kMostConsumerSession), kInt},
      {"group.consumer.max.size", std::to_string(consumers.max_members), kInt},
      {"group.consumer.migration.policy", std::string(to_string(groups.migration)), kString},
      {"group.consumer.min.heartbeat.interval.ms", milliseconds(kLeastConsumerHeartbeat), kInt},
      {"group.consumer.min.session.timeout.ms", milliseconds(kLeastConsumerSession), kInt},
      {"group.consumer.session.timeout.ms", milliseconds(consumers.session_timeout), kInt},
      {"group.coordinator.rebalance.protocols", "classic,consumer,streams", kList},
      {"group.initial.rebalance.delay.ms", milliseconds(groups.initial_delay), kInt},
      {"group.max.session.timeout.ms", milliseconds(groups.most_session_timeout), kInt},
      {"group.max.size", std::to_string(groups.max_members), kInt},
      {"group.min.session.timeout.ms", milliseconds(groups.least_session_timeout), kInt},
      {"group.streams.heartbeat.interval.ms", milliseconds(streams.heartbeat_interval), kInt},
      {"group.streams.max.size", std::to_string(streams.max_members), kInt},
      {"group.streams.num.standby.replicas", std::to_string(streams.standby_replicas), kInt},
      {"group.streams.session.timeout.ms", milliseconds(streams.session_timeout), kInt},
      {"inter.broker.protocol.version", kProtocolLevel, kString},
      {"listeners", listener, kString},
      {"log.cleaner.backoff.ms", milliseconds(core.cleaner.intervals().compact), kLong},
      {"log.cleaner.dedupe.buffer.size", std::to_string(kCompactionMapBytes), kLong},
      {"log.dirs", core.settings.log_folder, kString},
      {"log.retention.check.interval.ms", milliseconds(core.cleaner.intervals().look), kLong},
      {"max.incremental.fetch.session.cache.slots", std::to_string(kMaxFetchSessions), kInt},
      {"node.id", std::to_string(kNodeId), kInt},
      {"offset.metadata.max.bytes", std::to_string(kMaxOffsetMetadataBytes), kInt},
      {"offsets.retention.check.interval.ms", milliseconds(kOffsetsCheckInterval), kLong},
      {"offsets.retention.minutes", retention_minutes(groups.offsets_retention), kInt},
      {"process.roles", "broker,controller", kList},
      {"queued.max.request.bytes", std::to_string(kMaxRequestMemoryBytes), kLong},
      {"socket.request.max.bytes", std::to_string(kMaxRequestBytes), kInt},
      {"transaction.max.timeout.ms", milliseconds(kMaxTransactionTimeout), kInt},
      {"transactional.id.expiration.ms", milliseconds(kTransactionalIdExpiry), kInt},
  };
}

}  // namespace daybook::broker::apis
