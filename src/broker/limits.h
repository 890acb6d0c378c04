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
inline constexpr std::size_t kReadAheadBytes = 256u << 10;   // at once, of who sends fast
inline constexpr std::size_t kKeptInputBytes = 4u << 20;     // of a buffer between requests
inline constexpr std::size_t kMaxUnansweredRequests = 64;    // per connection, then reading stops
inline constexpr std::size_t kMaxUnansweredBytes = 16u << 20;  // likewise, of requests
inline constexpr std::size_t kMaxUnsentBytes = 64u << 20;      // likewise, of responses
inline constexpr int kSweepsPerIdleTime = 20;                  // looks at idle connections
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

// Groups and offsets.
inline constexpr std::size_t kMaxGroups = 10'000;
// Of all protocols of one member: a group's leader is told those of all others at once.
inline constexpr std::size_t kMaxMemberMetadataBytes = 1u << 20;
inline constexpr std::size_t kMaxOffsetMetadataBytes = 4'096;  // offset.metadata.max.bytes
inline constexpr std::int64_t kProducerIdBlock = 1'000;

// Blocking work.
inline constexpr std::size_t kMaxDecisionsPerTransaction = 500;
inline constexpr std::chrono::seconds kStopTimeout{10};

}  // namespace daybook::broker
