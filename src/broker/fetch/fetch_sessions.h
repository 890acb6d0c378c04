// The fetch sessions that are remembered (KIP-227), under random ids. A session
// belongs to whoever names it, on any connection, as in Apache Kafka.
//
// There are kMaxFetchSessions slots, and together they hold kMaxFetchSessionPartitions partitions
// at most. A new session takes a free slot; else that of one that was not used for
// kFetchSessionEviction; else that of the smallest that is older than that, if the new one is
// larger. Otherwise it is not remembered, and its client goes on with full fetches.
//
// Threads: any.

#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <unordered_map>

#include "broker/metrics.h"

namespace daybook::broker {

class FetchSession;

class FetchSessions {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  explicit FetchSessions(Metrics& metrics);
  ~FetchSessions();

  // The session's id; 0 if it is not remembered.
  std::int32_t add(std::shared_ptr<FetchSession> session, TimePoint now);
  // Null: it is not remembered (any more).
  std::shared_ptr<FetchSession> find(std::int32_t id) const;
  // It was used, and may have another size now. False: that is too much, and it is forgotten.
  bool touch(std::int32_t id, TimePoint now);
  void remove(std::int32_t id);

 private:
  struct Slot {
    std::shared_ptr<FetchSession> session;
    std::size_t size = 0;
    TimePoint created;
    TimePoint used;
  };
  using Slots = std::unordered_map<std::int32_t, Slot>;

  bool make_room(std::size_t size, TimePoint now, std::shared_ptr<FetchSession>& evicted);
  void erase(Slots::iterator slot, std::shared_ptr<FetchSession>& erased);
  void file(std::int32_t id, const Slot& slot);
  void unfile(std::int32_t id, const Slot& slot);

  Metrics& metrics_;
  mutable std::mutex mutex_;
  std::mt19937_64 random_;
  Slots slots_;
  std::set<std::pair<TimePoint, std::int32_t>> by_use_;
  std::set<std::pair<std::size_t, std::int32_t>> by_size_;
  std::size_t partitions_ = 0;
};

}  // namespace daybook::broker
