// What all readers, writers and group members of one log in memory share, under one mutex. Private
// to the log in memory.

#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "client/log_client.h"
#include "io/clock.h"

namespace daybook::client::memory {

using Text = std::optional<std::string>;

struct StoredHeader {
  std::string name;
  Text value;
};

struct StoredRecord {
  TimestampMs timestamp;
  Text key;
  Text value;
  std::vector<StoredHeader> headers;

  std::size_t size_bytes() const;
};

// Null: an offset without a record.
using RecordPtr = std::shared_ptr<const StoredRecord>;

struct Topic {
  TopicSpec spec;
  std::vector<std::vector<RecordPtr>> partitions;
};

struct Member {
  std::uint64_t id = 0;
  std::string instance;
};

// The members share the partitions of each topic out by turns, in the order in which they joined.
struct Group {
  std::uint64_t generation = 0;  // grows when a member comes or goes
  std::vector<Member> members;
  Position committed;
};

struct Store {
  Store(const io::Clock& c, milliseconds wait) : clock(c), longest_wait(wait) {}

  // Of a fetch that may wait so long.
  std::chrono::steady_clock::time_point deadline(milliseconds max_wait) const {
    return std::chrono::steady_clock::now() + std::min(max_wait, longest_wait);
  }

  // What follows is called with `mutex` held.

  // kNotFound; kInvalid if there is no such partition.
  Result<std::vector<RecordPtr>*> partition(const TopicPartition& at);
  // Where the record goes. `unkeyed` counts the records of a writer that had no key.
  Result<TopicPartition> place_of(const OutgoingRecord& record, std::int32_t& unkeyed);
  void append(const TopicPartition& at, StoredRecord record);

  const io::Clock& clock;
  const milliseconds longest_wait;
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::string, Topic, std::less<>> topics;
  std::map<std::string, Group, std::less<>> groups;
  std::map<std::string, int, std::less<>> writer_epochs;  // by transactional id
  std::uint64_t last_member = 0;
};

StoredRecord copy_of(const OutgoingRecord& record);

std::unexpected<Error> no_such_topic(std::string_view name);

}  // namespace daybook::client::memory
