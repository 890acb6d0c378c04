// The port through which everything outside the broker reads and writes a log, whoever keeps it:
// Daybook's own broker or an Apache Kafka cluster. Sources, processors and views know only this
// header; client/kafka_client.h makes the one that speaks the Kafka protocol through librdkafka.
//
// Threads: a LogClient by any; a Reader, Writer or Batch by one at a time.

#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"

namespace daybook::client {

using std::chrono::milliseconds;

struct TopicPartition {
  std::string topic;
  PartitionId partition;
  friend auto operator<=>(const TopicPartition&, const TopicPartition&) = default;
};

// Everything below an offset has been seen: exclusive, as Kafka's committed offsets are.
using Position = std::map<TopicPartition, Offset>;

struct HeaderView {
  std::string_view name;
  std::optional<std::string_view> value;
};

// One event. `source` indexes Batch::sources().
struct RecordView {
  std::size_t source = 0;
  Offset offset;
  TimestampMs timestamp = kNoTimestamp;
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;  // absent: a tombstone
};

// Where the log was seen to end: every record of the partition below it is in this batch or came
// before, whatever lies between the last of them and this (the marks that end transactions, what
// was aborted, what compaction removed).
struct PartitionEnd {
  std::size_t source = 0;
  Offset offset;
};

// What one fetch brought, in offset order inside each partition. Its views live as long as it does.
class Batch {
 public:
  virtual ~Batch() = default;
  virtual const std::vector<TopicPartition>& sources() const = 0;
  virtual const std::vector<RecordView>& records() const = 0;
  virtual std::vector<HeaderView> headers(std::size_t record) const = 0;
  // Only those that the records do not show. A log without such offsets has none.
  virtual const std::vector<PartitionEnd>& ends() const;
};

// Moves the position past all that the batch brought. Partitions that it does not mention stay.
void advance(Position& position, const Batch& batch);

// Reads the partitions it was assigned, each from its own offset. Aborted records are never
// returned, nor are those of transactions still open.
class Reader {
 public:
  virtual ~Reader() = default;
  // Replaces the assignment. An offset before the log's start or after its end is kInvalid at the
  // next fetch, naming the partition: nothing is skipped silently.
  virtual Status assign(const Position& start) = 0;
  // Waits until a record or a PartitionEnd is there, then takes what has already arrived, up to
  // `max_records` and about `max_bytes`. An empty batch after `max_wait` is not an error.
  virtual Result<std::unique_ptr<Batch>> fetch(std::size_t max_records, std::size_t max_bytes,
                                               milliseconds max_wait) = 0;
};

struct OutgoingRecord {
  std::string_view topic;
  std::optional<PartitionId> partition;  // absent: by key, with Kafka's murmur2 partitioner
  TimestampMs timestamp = kNoTimestamp;  // none: now
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  std::vector<HeaderView> headers;
};

// An idempotent producer with acks=all. Records of one partition are written in the order of
// write(), without a gap: after an error nothing later of that partition is in the log.
class Writer {
 public:
  virtual ~Writer() = default;
  // Copies and queues the record; waits while the queue is full. An error ends the Writer.
  virtual Status write(const OutgoingRecord& record) = 0;
  // Success: everything written so far is acknowledged by the log.
  virtual Status flush(milliseconds timeout) = 0;
};

struct TopicSpec {
  std::string name;
  std::int32_t partitions = 1;
  std::map<std::string, std::string> config;
};

struct TopicInfo {
  std::string name;
  std::int32_t partitions = 0;
};

struct TopicChange {
  std::map<std::string, std::string> set{};
  std::vector<std::string> unset{};          // back to their defaults
  std::optional<std::int32_t> partitions{};  // more than there are
};

struct OffsetRange {
  Offset begin;  // the first that can be read
  Offset end;    // one past the last that read_committed may see
};
using OffsetRanges = std::map<TopicPartition, OffsetRange>;

std::vector<TopicPartition> partitions_of(const TopicInfo& topic);
std::vector<TopicPartition> partitions_of(const Position& position);

class LogClient {
 public:
  virtual ~LogClient() = default;
  virtual Result<std::unique_ptr<Reader>> make_reader() = 0;
  virtual Result<std::unique_ptr<Writer>> make_writer() = 0;

  // Whether the log answers within `limit`; else why not.
  virtual Status reach(std::chrono::milliseconds limit) = 0;
  virtual Result<std::vector<TopicInfo>> list_topics() = 0;
  virtual Result<TopicInfo> describe_topic(const std::string& name) = 0;  // kNotFound
  virtual Status create_topic(const TopicSpec& spec) = 0;                 // kAlreadyExists
  virtual Status delete_topic(const std::string& name) = 0;               // kNotFound
  // The partitions are added first; each of the two parts is done or not. kNotFound; kInvalid.
  virtual Status configure_topic(const std::string& name, const TopicChange& change) = 0;
  virtual Result<std::map<std::string, std::string>> topic_config(const std::string& name) = 0;
  // Of each of the partitions, however many, in two round trips: an event that comes meanwhile is
  // in none or in some of the ends. One that is not there fails the whole. One that nobody leads is
  // waited for, a few seconds. kNotFound.
  virtual Result<OffsetRanges> offsets_of(const std::vector<TopicPartition>& partitions) = 0;
  Result<OffsetRange> offsets(const TopicPartition& partition);
  // The first offset whose timestamp is at or after `time`; the end if there is none.
  virtual Result<Offset> offset_at(const TopicPartition& partition, TimestampMs time) = 0;
};

}  // namespace daybook::client
