// Every bound of the broker, in one place. Names and values are Apache Kafka's defaults where it
// has the same bound.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace daybook::broker {

// Network.
inline constexpr std::size_t kMaxConnections = 10'000;       // max.connections, unless less is set
inline constexpr std::size_t kMaxRequestBytes = 100u << 20;  // socket.request.max.bytes
inline constexpr std::size_t kFirstReadBytes = 8u << 10;     // of a request, before more arrives
inline constexpr std::size_t kReadAheadBytes = 4u << 20;     // at once, of who sends fast
inline constexpr std::size_t kReadAheadShareOfMemory = 8;    // at most this part of what is left
inline constexpr std::size_t kSendTurnBytes = 1u << 20;    // then others on the thread have a turn
inline constexpr std::size_t kKeptInputBytes = 4u << 20;   // of a buffer between requests
inline constexpr std::size_t kMaxGatheredAppends = 1'024;  // that came together, before a write
inline constexpr std::size_t kMaxGatheredBytes = 4u << 20;
inline constexpr std::size_t kMaxUnansweredRequests = 64;      // per connection, then reading stops
inline constexpr std::size_t kMaxUnansweredBytes = 16u << 20;  // likewise, of requests
inline constexpr std::size_t kMaxUnsentBytes = 64u << 20;      // likewise, of responses,
                                                               // and of their memory
inline constexpr int kSweepsPerIdleTime = 20;                  // looks at idle connections
// Over all connections. A request that has arrived up to kFreeRequestBytes is not held up, nor is a
// fetch that holds so much while it waits.
inline constexpr std::size_t kMaxRequestMemoryBytes = 256u << 20;  // queued.max.request.bytes
inline constexpr std::size_t kFreeRequestBytes = 16u << 10;
inline constexpr std::size_t kMaxResponseMemoryBytes = 256u << 20;
inline constexpr int kMaxFilesOfAnswers = 512;  // open; records of further ones are copied
// While that is short: who holds some of it and does not move for so long is disconnected.
inline constexpr std::chrono::seconds kMostStall{10};
inline constexpr std::chrono::seconds kMostOverdraft{30};  // of the one that goes on regardless
inline constexpr std::chrono::seconds kReliefInterval{1};
inline constexpr std::chrono::milliseconds kMemoryRetry{20};  // of a request; of a fetch the first
inline constexpr std::chrono::milliseconds kMaxMemoryRetry{1'000};
inline constexpr std::size_t kMaxClosingReportsPerSecond = 10;

inline constexpr int kMaxIoThreads = 64;

// Topics.
inline constexpr std::size_t kMaxTopicNameLength = 249;
inline constexpr std::int32_t kMaxPartitionsPerTopic = 1'000;
inline constexpr std::int32_t kMaxPartitions = 10'000;       // of the server; each keeps files open
inline constexpr std::size_t kMaxBatchBytes = 1'048'588;     // max.message.bytes
inline constexpr std::size_t kMaxTopicsPerRequest = 10'000;  // of those that change something

// Fetch.
inline constexpr std::size_t kMaxFetchBytes = 55u << 20;  // fetch.max.bytes
inline constexpr std::chrono::seconds kMaxFetchWait{60};
// A fetch takes this part of the memory that is left for answers, and so leaves some for others.
inline constexpr std::size_t kFetchShareOfMemory = 8;
inline constexpr std::size_t kLeastFetchBytes = 64u << 10;
// What has to be read from the disk: by so many threads, so much at a time of one fetch, and then
// it is the next one's turn.
inline constexpr int kDiskReadThreads = 4;
inline constexpr std::size_t kDiskReadBytes = 8u << 20;
inline constexpr std::size_t kTimesAtOnce = 16;  // looked up in the log by the same threads
inline constexpr std::size_t kMaxFetchSessions =
    1'000;  // max.incremental.fetch.session.cache.slots
inline constexpr std::size_t kMaxFetchSessionPartitions =
    100'000;                                              // of all sessions, and of one fetch
inline constexpr std::size_t kFetchPartitionBytes = 512;  // what one of them takes, about
inline constexpr std::chrono::seconds kFetchSessionEviction{120};
inline constexpr std::chrono::seconds kFetchSessionRefresh{5};

// Groups and offsets.
inline constexpr std::size_t kMaxGroups = 10'000;            // that have members
inline constexpr std::size_t kMaxGroupsPerRequest = 10'000;  // of those that change something
// Of all protocols of one member: a group's leader is told those of all others at once.
inline constexpr std::size_t kMaxMemberMetadataBytes = 1u << 20;
// Of all members of a group in the catalog. Those of a larger one of the classic protocol join
// again after a restart; in the consumer protocol, who would make it larger is refused.
inline constexpr std::size_t kMaxStoredMembersBytes = 16u << 20;
// Of the id of a group of the consumer protocol, and of a member's: they are in each of its rows.
inline constexpr std::size_t kMaxConsumerIdBytes = 1'024;
inline constexpr std::size_t kConsumerRowBytes = 64;  // of a row without its texts, about
inline constexpr std::size_t kMaxRegexBytes = 1'024;  // of a member's pattern of topic names
// Different ones: each is held against the names of all topics when one comes or goes.
inline constexpr std::size_t kMaxRegexesPerGroup = 32;
// What can be set for a group of the consumer protocol: group.consumer.{min,max}.…
inline constexpr std::chrono::milliseconds kLeastConsumerSession{45'000};
inline constexpr std::chrono::milliseconds kMostConsumerSession{60'000};
inline constexpr std::chrono::milliseconds kLeastConsumerHeartbeat{5'000};
inline constexpr std::chrono::milliseconds kMostConsumerHeartbeat{15'000};
// Of the streams protocol: the texts of a member, what it says of its application, and the tasks
// that come of it.
inline constexpr std::size_t kMaxStreamsMemberBytes = 16u << 10;
inline constexpr std::size_t kMaxTopologyBytes = 1u << 20;
inline constexpr std::int64_t kMaxStreamsTasks = 10'000;
// What can be set for such a group: group.streams.{min,max}.…
inline constexpr std::chrono::milliseconds kLeastStreamsSession{45'000};
inline constexpr std::chrono::milliseconds kMostStreamsSession{60'000};
inline constexpr std::chrono::milliseconds kLeastStreamsHeartbeat{5'000};
inline constexpr std::chrono::milliseconds kMostStreamsHeartbeat{15'000};
inline constexpr std::int32_t kMostStandbyReplicas = 2;
inline constexpr std::size_t kMaxConfiguredGroups = 10'000;
inline constexpr std::size_t kMaxConfiguredGroupIdBytes = 1'024;
inline constexpr std::size_t kMaxOffsetMetadataBytes = 4'096;  // offset.metadata.max.bytes
inline constexpr std::chrono::minutes kOffsetsCheckInterval{
    10};  // offsets.retention.check.interval
inline constexpr std::int64_t kProducerIdBlock = 1'000;

// Transactions.
inline constexpr std::size_t kMaxTransactionalIds = 100'000;
inline constexpr std::chrono::minutes kMaxTransactionTimeout{15};  // transaction.max.timeout.ms
inline constexpr std::chrono::milliseconds kTransactionalIdExpiry{
    604'800'000};  // transactional.id.expiration.ms
inline constexpr std::chrono::seconds kTransactionSweepTime{1};
inline constexpr std::chrono::milliseconds kMarkerRetryTime{500};

// Compaction. Memory for the keys of one partition while it is compacted.
inline constexpr std::size_t kCompactionMapBytes = 128u << 20;  // log.cleaner.dedupe.buffer.size

// Blocking work.
inline constexpr std::size_t kMaxDecisionsPerTransaction = 500;
inline constexpr std::chrono::seconds kStopTimeout{10};

}  // namespace daybook::broker
