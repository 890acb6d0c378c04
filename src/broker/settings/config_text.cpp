#include "broker/settings/config_text.h"

#include <algorithm>
#include <array>
#include <utility>

namespace daybook::broker {
namespace {

using Entry = std::pair<std::string_view, std::string_view>;

// Both are ordered by name.
constexpr auto kOfTopics = std::to_array<Entry>({
    {"cleanup.policy",
     "What becomes of old segments: delete by retention, compact by key, or both."},
    {"compression.gzip.level", "How hard gzip tries: batches are kept as they come."},
    {"compression.lz4.level", "How hard lz4 tries: batches are kept as they come."},
    {"compression.type", "The codec in which batches are kept; producer keeps them as they come."},
    {"compression.zstd.level", "How hard zstd tries: batches are kept as they come."},
    {"daybook.durability",
     "When a record is acknowledged: fsync, on disk; os, in the page cache; or as the server "
     "says."},
    {"delete.retention.ms", "How long a compacted topic keeps the tombstone of a key."},
    {"file.delete.delay.ms", "How long files stay after they were deleted from the log."},
    {"flush.messages",
     "After how many records a partition is synced; durability is chosen otherwise."},
    {"flush.ms", "After what time a partition is synced; durability is chosen otherwise."},
    {"follower.replication.throttled.replicas",
     "Copies that are made slowly: there is one copy of a partition."},
    {"index.interval.bytes", "How many bytes of a segment are between two entries of its index."},
    {"leader.replication.throttled.replicas",
     "Copies that are made slowly: there is one copy of a partition."},
    {"local.retention.bytes", "What stays of a partition that is stored elsewhere: none is."},
    {"local.retention.ms", "How long what is stored elsewhere stays here: nothing is."},
    {"max.compaction.lag.ms",
     "The longest time that a record of a compacted topic waits for compaction."},
    {"max.message.bytes", "The largest record batch that is taken."},
    {"message.timestamp.after.max.ms", "How far in the future a record may be."},
    {"message.timestamp.before.max.ms", "How far in the past a record may be."},
    {"message.timestamp.type",
     "Whether records keep the time of their producer or get that of the append."},
    {"min.cleanable.dirty.ratio",
     "The part of a log that must be uncompacted before it is compacted."},
    {"min.compaction.lag.ms", "The time for which a record is not compacted."},
    {"min.insync.replicas", "How many copies acks=all waits for: there is one."},
    {"preallocate", "Whether the file of a new segment gets its full size at once."},
    {"remote.log.copy.disable", "Whether segments stop being stored elsewhere: none is."},
    {"remote.log.delete.on.disable", "Whether what is stored elsewhere goes then: nothing is."},
    {"remote.storage.enable", "Whether segments are stored elsewhere: they cannot be."},
    {"retention.bytes",
     "Above this size the oldest segments of a partition are deleted; -1: never."},
    {"retention.ms", "Segments older than this are deleted; -1: never."},
    {"segment.bytes", "The size at which a new segment is begun."},
    {"segment.index.bytes", "The largest index of a segment."},
    {"segment.jitter.ms", "By how much the age at which segments end may differ."},
    {"segment.ms", "The age at which a new segment is begun."},
    {"unclean.leader.election.enable",
     "Whether a copy that is behind may lead: there is one copy."},
});

constexpr auto kOfGroups = std::to_array<Entry>({
    {"consumer.heartbeat.interval.ms",
     "How often members of the group are asked to send heartbeats."},
    {"consumer.session.timeout.ms", "A member of the group that is silent for so long is put out."},
    {"streams.heartbeat.interval.ms",
     "How often members of the group are asked to send heartbeats."},
    {"streams.num.standby.replicas", "How many standbys a task with state has."},
    {"streams.session.timeout.ms", "A member of the group that is silent for so long is put out."},
});

// Those that no topic has.
constexpr auto kOfTheNode = std::to_array<Entry>({
    {"advertised.listeners", "The address that clients are told to connect to."},
    {"auto.create.topics.enable",
     "Whether a topic that a client asks metadata for is made if it does not exist."},
    {"broker.id", "The number of this node."},
    {"connections.max.idle.ms", "A connection on which nothing moves for so long is closed."},
    {"default.replication.factor", "The number of copies of a partition: there is one node."},
    {"delete.topic.enable", "Whether topics can be deleted."},
    {"fetch.max.bytes", "The most record bytes in one answer to a fetch."},
    {"group.consumer.assignors", "How the server can share out partitions, the default first."},
    {"group.consumer.heartbeat.interval.ms",
     "How often members of the consumer protocol are asked to send heartbeats."},
    {"group.consumer.max.heartbeat.interval.ms", "The most that can be set for a group."},
    {"group.consumer.max.session.timeout.ms", "The most that can be set for a group."},
    {"group.consumer.max.size", "The most members of a group of the consumer protocol."},
    {"group.consumer.migration.policy",
     "Whether groups with members can change between the classic and the consumer protocol."},
    {"group.consumer.min.heartbeat.interval.ms", "The least that can be set for a group."},
    {"group.consumer.min.session.timeout.ms", "The least that can be set for a group."},
    {"group.consumer.session.timeout.ms",
     "A member of the consumer protocol that is silent for so long is put out."},
    {"group.coordinator.rebalance.protocols", "The protocols that groups can speak."},
    {"group.initial.rebalance.delay.ms",
     "How long an empty group waits for more members after the first."},
    {"group.max.session.timeout.ms",
     "The longest session timeout that a member of a group may ask for."},
    {"group.max.size", "The most members of a group."},
    {"group.min.session.timeout.ms",
     "The shortest session timeout that a member of a group may ask for."},
    {"group.streams.heartbeat.interval.ms",
     "How often members of the streams protocol are asked to send heartbeats."},
    {"group.streams.max.size", "The most members of a group of the streams protocol."},
    {"group.streams.num.standby.replicas", "How many standbys a task with state has."},
    {"group.streams.session.timeout.ms",
     "A member of the streams protocol that is silent for so long is put out."},
    {"inter.broker.protocol.version", "The Apache Kafka release whose protocol is spoken."},
    {"listeners", "The address that is listened on."},
    {"log.cleaner.backoff.ms", "How often partitions are looked at for one to be compacted."},
    {"log.cleaner.dedupe.buffer.size",
     "The most memory for the keys of the partition that is compacted."},
    {"log.dirs", "The folder that holds the log."},
    {"log.retention.check.interval.ms",
     "How often every partition is looked at for what is not kept any more; 0: never."},
    {"max.connections", "The most connections at a time."},
    {"max.connections.per.ip", "The most connections at a time from one address."},
    {"max.incremental.fetch.session.cache.slots", "The most fetch sessions that are remembered."},
    {"node.id", "The number of this node."},
    {"num.partitions", "How many partitions a topic has that is made without saying how many."},
    {"offset.metadata.max.bytes",
     "The most metadata that a group may keep with a committed offset."},
    {"offsets.retention.check.interval.ms",
     "How often committed offsets are looked at for what is not kept any more."},
    {"offsets.retention.minutes",
     "How long what a group has committed is kept after its last member has gone."},
    {"process.roles", "What this node is."},
    {"queued.max.request.bytes", "The most memory for requests that have arrived in part."},
    {"socket.request.max.bytes", "The largest request that is taken."},
    {"transaction.max.timeout.ms", "The longest timeout that a transaction may ask for."},
    {"transactional.id.expiration.ms",
     "A transactional id that was not used for so long is forgotten."},
});

// The topic's name, and the node's.
constexpr auto kBrokerNames = std::to_array<Entry>({
    {"cleanup.policy", "log.cleanup.policy"},
    {"compression.gzip.level", "compression.gzip.level"},
    {"compression.lz4.level", "compression.lz4.level"},
    {"compression.type", "compression.type"},
    {"compression.zstd.level", "compression.zstd.level"},
    {"daybook.durability", "daybook.durability"},
    {"delete.retention.ms", "log.cleaner.delete.retention.ms"},
    {"file.delete.delay.ms", "log.segment.delete.delay.ms"},
    {"flush.messages", "log.flush.interval.messages"},
    {"flush.ms", "log.flush.interval.ms"},
    {"index.interval.bytes", "log.index.interval.bytes"},
    {"local.retention.bytes", "log.local.retention.bytes"},
    {"local.retention.ms", "log.local.retention.ms"},
    {"max.compaction.lag.ms", "log.cleaner.max.compaction.lag.ms"},
    {"max.message.bytes", "message.max.bytes"},
    {"message.timestamp.after.max.ms", "log.message.timestamp.after.max.ms"},
    {"message.timestamp.before.max.ms", "log.message.timestamp.before.max.ms"},
    {"message.timestamp.type", "log.message.timestamp.type"},
    {"min.cleanable.dirty.ratio", "log.cleaner.min.cleanable.ratio"},
    {"min.compaction.lag.ms", "log.cleaner.min.compaction.lag.ms"},
    {"min.insync.replicas", "min.insync.replicas"},
    {"preallocate", "log.preallocate"},
    {"retention.bytes", "log.retention.bytes"},
    {"retention.ms", "log.retention.ms"},
    {"segment.bytes", "log.segment.bytes"},
    {"segment.index.bytes", "log.index.size.max.bytes"},
    {"segment.jitter.ms", "log.roll.jitter.ms"},
    {"segment.ms", "log.roll.ms"},
    {"unclean.leader.election.enable", "unclean.leader.election.enable"},
});

std::string_view find(const auto& entries, std::string_view name) {
  const auto found = std::ranges::find(entries, name, &Entry::first);
  return found == entries.end() ? std::string_view{} : found->second;
}

}  // namespace

std::string_view documentation_of(std::string_view name) {
  if (const std::string_view of_topics = find(kOfTopics, name); !of_topics.empty()) {
    return of_topics;
  }
  if (const std::string_view of_groups = find(kOfGroups, name); !of_groups.empty()) {
    return of_groups;
  }
  // The node's configuration says what the topics' of the other name does.
  const auto topics = std::ranges::find(kBrokerNames, name, &Entry::second);
  return topics == kBrokerNames.end() ? find(kOfTheNode, name) : find(kOfTopics, topics->first);
}

std::string_view broker_name_of(std::string_view name) {
  return find(kBrokerNames, name);
}

}  // namespace daybook::broker
