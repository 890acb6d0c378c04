// Every bound of the HTTP API.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace daybook::http {

inline constexpr std::size_t kThreads = 16;
inline constexpr std::size_t kMaxWaitingRequests = 12;    // of those, on views; further ones: 503
inline constexpr std::size_t kMaxQueuedConnections = 64;  // beyond: they wait in the kernel's queue
inline constexpr std::size_t kMaxBodyBytes = 1 << 20;
inline constexpr std::size_t kMaxHeadBytes = 64 << 10;
inline constexpr std::chrono::seconds kRequestTime{5};   // to arrive, from its first byte
inline constexpr std::chrono::seconds kAnswerTime{120};  // to be taken
inline constexpr std::chrono::seconds kKeepAlive{2};     // an idle connection holds a thread
inline constexpr std::chrono::milliseconds kMaxQueryTime{60'000};
inline constexpr std::int64_t kMaxReplayEvents = 1'000'000'000;
inline constexpr std::chrono::milliseconds kMaxPositionWait{60'000};
inline constexpr std::chrono::milliseconds kDefaultPositionWait{5'000};

}  // namespace daybook::http
