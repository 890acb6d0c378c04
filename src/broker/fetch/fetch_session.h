// The partitions that a client fetches, and what it was told of each: with them a fetch costs what
// has changed, not what is asked for.
//
// A partition is looked at when the client names it, when records come (it is watched with
// Partition::when_readable) or the partition closes, while it has an error, and while the client
// was given records of it or none fitted. Otherwise it is idle and costs nothing. What moves
// without waking anybody (the start of the log, the high watermark above a transaction that is
// open) is seen every kFetchSessionRefresh.
//
// It is made for one full fetch. FetchSessions keeps it for the incremental fetches that follow
// (KIP-227), if there is a slot; else it ends with that fetch. Each request has an epoch of its
// own: who still works for an earlier one finds that it has passed, and touches nothing.
//
// Threads: any, one at a time (two connections may use one session); records may come meanwhile.

#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <expected>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/uuid.h"
#include "broker/fetch/fetch_read.h"
#include "wire/apis/records/fetch.h"

namespace daybook::broker {

class Topics;

class FetchSession {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Request = wire::FetchRequest;
  using Response = wire::FetchResponse;
  using Wake = std::move_only_function<void()>;

  // What it holds is taken from `memory`.
  FetchSession(const Topics& topics, MemoryBudget& memory, bool by_id);
  ~FetchSession();
  FetchSession(const FetchSession&) = delete;
  FetchSession& operator=(const FetchSession&) = delete;

  // The client's next request: takes over its partitions and forgets those it names as forgotten.
  // kInvalidFetchSessionEpoch or kFetchSessionTopicIdError, without a change, if it is not the next
  // one of this session. Returns the epoch that the session has while it works for this request.
  std::expected<std::int32_t, KafkaError> begin(const Request& request, bool by_id, TimePoint now);

  std::size_t size() const;
  std::size_t memory_bytes() const;

  struct Look {
    std::size_t size_bytes = 0;  // of the records that were read
    bool failed = false;         // a partition has an error: no reason to wait
    bool starved = false;        // there are records, and no memory to read them
    bool on_disk = false;        // not all was read: look_on_disk() before anything else
    bool passed = false;         // `epoch` has; nothing was looked at
  };
  // Reads what may have changed and is in memory, up to the first partition that is not. Until
  // finish(), it is kept, and read again only if it has changed once more.
  Look look(std::int32_t epoch, const FetchLimits& limits);
  // Reads all of it, where it may wait for the disk; nobody else waits meanwhile. `given_up` true:
  // it ends soon, as if `epoch` had passed.
  Look look_on_disk(std::int32_t epoch, const FetchLimits& limits,
                    const std::atomic<bool>& given_up);
  // Calls `wake` once, from any thread, soon after look() would find more; at once if it would now,
  // or if `epoch` has passed. A wait ends when the next request begins.
  void wait(std::int32_t epoch, Wake wake);
  void end_wait(std::int32_t epoch);
  // What was read, for the client: everything if `full`, otherwise what it was not told before.
  // With `keep`, it will fetch more in this session. Nothing if `epoch` has passed.
  std::optional<Response> finish(std::int32_t epoch, bool full, bool keep);

 private:
  // A topic goes by its id or by its name; the other one is empty.
  struct Key {
    std::string name;
    Uuid id;
    PartitionId partition;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const;
  };
  struct TopicName;
  struct Entry;
  struct Fired;
  using EntryPtr = std::shared_ptr<Entry>;

  Key key_of(const std::string& name, const Uuid& id, PartitionId partition) const;
  void take(const Request& request);
  void forget(const Request::ForgottenTopic& topic);
  void look_at_all_again(bool watch_anew);
  void charge();
  void make_stale(const EntryPtr& entry);
  PartitionRead read(FetchReader& reader, const TopicName& topic,
                     const Request::Partition& asked) const;
  Look sum_up(const FetchLimits& limits) const;
  void answer(Entry& entry, bool full, Response& response);
  void watch(const EntryPtr& entry);
  void unwatch(Entry& entry);
  void take_fired();

  const Topics& topics_;
  MemoryBudget& memory_;
  const bool by_id_;

  mutable std::mutex mutex_;
  std::int32_t epoch_ = 0;
  std::int8_t isolation_level_ = 0;
  TimePoint refreshed_{};
  std::unordered_map<Key, EntryPtr, KeyHash> entries_;
  bool has_dropped_ = false;      // some of pending_ were forgotten
  std::deque<EntryPtr> pending_;  // to be looked at, in the order in which they are answered
  std::size_t charged_bytes_ = 0;

  const std::shared_ptr<Fired> fired_;
};

}  // namespace daybook::broker
