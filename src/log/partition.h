// One partition: an append-only sequence of record batches in segment files of Apache Kafka's
// format (docs/formats/log.md), with an index by offset and one by time.
//
// Invariants. Offsets are dense and ascend in the order of append. A reader never sees beyond the
// high watermark, and with Durability::kFsync the high watermark is the durable end: what somebody
// has read cannot be lost. Records leave at the front only: below log_start() nothing is served,
// and after a crash nothing comes back. Batches are stored byte for byte as they came, but for base
// offset and leader epoch, which Kafka's CRC does not cover.
//
// When storage fails. A write that fails for want of space is taken back and the next append may
// succeed. After any other failed write, and after any failed sync, the partition stops: what the
// disk holds is unknown, so no append is accepted until a restart has read it again; what was
// durable before stays readable.
//
// Threads: everything may be called from any thread. Appends to one partition are serialized;
// reads run beside them and beside each other. append() and read() do file I/O through the page
// cache and do not wait for a sync; close() and open() do. Callbacks run with locks held: they are
// short, do not block, and do not append or close; handing the news to another thread is right.

#pragma once

#include <atomic>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/uuid.h"
#include "io/patience.h"
#include "log/config.h"
#include "log/read_result.h"
#include "wire/control_record.h"

namespace daybook::io {
class Clock;
class FileSystem;
}  // namespace daybook::io

namespace daybook::log {

class Committer;

// What opening a partition found and did. A corrupt partition does not open: see Partition::open.
struct RecoveryReport {
  bool scanned = false;                // false after a clean shutdown
  std::uint64_t scanned_bytes = 0;     // what followed the last checkpoint
  std::uint64_t completed_bytes = 0;   // of its segments, taken from the journal
  std::uint64_t torn_bytes = 0;        // cut from the tail: never acknowledged
  std::uint64_t removed_segments = 0;  // that followed a torn one
  std::string note;                    // for the log, empty if there is nothing to say
};

struct Appended {
  Offset base;             // of the first record
  Offset end;              // one past the last: what to pass to when_durable()
  bool duplicate = false;  // an idempotent producer's retry: these are the original's offsets
};

enum class AppendFault : std::uint8_t {
  kInvalid,             // not whole v2 batches, or several with a producer id
  kTooLarge,            // more than a segment holds
  kOutOfOrderSequence,  // a batch of this idempotent producer is missing before this one
  kStaleEpoch,          // a newer instance of this producer has written
  kInTransaction,       // outside of the transaction that this producer has open
  kStaleCoordinator,    // a newer transaction coordinator has written markers for this producer
  kNoSpace,             // nothing was appended; later it may succeed
  kStorage,             // the partition has stopped
  kClosed,              // closed or deleted
};
struct AppendError {
  AppendFault fault;
  std::string message;
};
using AppendResult = std::expected<Appended, AppendError>;

// What the partition remembers of a producer.
struct ProducerState {
  ProducerId producer;
  ProducerEpoch epoch;
  std::int32_t last_sequence = -1;      // -1: of this epoch it holds no record
  std::int32_t coordinator_epoch = -1;  // of its last marker; -1: it has none
  TimestampMs last_seen;
  std::optional<Offset> transaction;  // the first record of the one that is open
};

// Whose transaction ends, and how.
struct TransactionEnd {
  ProducerId producer;
  ProducerEpoch epoch;
  wire::EndTransactionMarker marker;
};

struct TimedOffset {
  Offset offset;
  TimestampMs timestamp;
};

// What was removed from the disk.
struct Reclaimed {
  std::uint64_t segments = 0;
  std::uint64_t bytes = 0;
};

struct CompactionLimits {
  std::size_t map_bytes = std::size_t{128} << 20;  // log.cleaner.dedupe.buffer.size
  const std::atomic<bool>& stop;                   // true: give up soon
};
struct Compacted {
  bool ran = false;                // false: it is not due
  std::uint64_t bytes_before = 0;  // of the segments that were looked at
  std::uint64_t bytes_after = 0;
};

class Partition {
 public:
  using WaitId = std::uint64_t;
  static constexpr WaitId kNoWait = 0;

  // Opens the partition in `folder`, which exists. After a crash, scans what follows the last
  // checkpoint, cuts a torn tail and makes what is left durable before anyone can read it.
  // kCorrupt, naming file and byte, if bytes that were durable are damaged: nothing is changed.
  // kIo if the disk cannot be read: that says nothing about what it holds.
  static Result<std::shared_ptr<Partition>> open(io::FileSystem& fs, io::Clock& clock,
                                                 Committer& committer, std::string folder,
                                                 PartitionConfig config, Durability durability,
                                                 RecoveryReport* report = nullptr);
  // Makes `folder` hold an empty partition, durably. `topic_id` goes into Kafka's
  // partition.metadata.
  static Status create(io::FileSystem& fs, const std::string& folder, const Uuid& topic_id);

  virtual ~Partition() = default;

  // Appends `batches`, one or more whole batches that wire has validated (CRC included), and
  // assigns their offsets. They are written, not durable, on return: see when_durable(). A batch
  // with a producer id comes alone; if it repeats one of the producer's last
  // kRememberedBatchesPerProducer, nothing is written and the original offsets are returned.
  AppendResult append(BytesView batches) {
    return std::move(append_all(std::span(&batches, 1)).front());
  }
  // What append() of each would give, in this order, and written together where nothing is between
  // them: if such a write fails, none of those that it would have held is there.
  virtual std::vector<AppendResult> append_all(std::span<const BytesView> appends) = 0;

  // Appends the marker that ends the producer's transaction here, if it has one, and fences its
  // older epochs in any case. As durable on return as append(). kStaleEpoch, kStaleCoordinator.
  virtual AppendResult append_marker(const TransactionEnd& end) = 0;

  // Calls `done` once everything below `end` is durable (Durability::kOs: written), or with the
  // error that prevents it: then the outcome of the append is unknown. On a committer thread, or,
  // if it is already known, on the caller's before this returns.
  virtual void when_durable(Offset end, std::move_only_function<void(Status)> done) = 0;

  // The batches from the one that holds `from`, below the high watermark (kCommitted: the last
  // stable offset), up to `max_bytes`, out of one segment. If the first is larger, it is returned
  // whole with `at_least_one_batch`, else nothing. Empty if `from` is not below that bound.
  // Every batch's CRC is checked, but for those that stay in their file, were checked by this
  // process before (when they were appended, or read), and are all in memory, so that the disk has
  // no part in it. After the partition has stopped, those are checked as well.
  // kNotFound if `from` is outside log_start()..log_end(); kCorrupt, naming file and byte; kIo.
  // With io::Patience::kNone kTimedOut, if the disk would have to be waited for, or more than 64
  // KiB would have to be checked: nothing was read, and who can wait should ask.
  virtual Result<ReadResult> read(Offset from, std::size_t max_bytes, bool at_least_one_batch,
                                  Isolation isolation, Placement placement,
                                  io::Patience patience) const = 0;
  Result<ReadResult> read(Offset from, std::size_t max_bytes, bool at_least_one_batch,
                          Isolation isolation, Placement placement) const {
    return read(from, max_bytes, at_least_one_batch, isolation, placement, io::Patience::kDisk);
  }
  Result<ReadResult> read(Offset from, std::size_t max_bytes, bool at_least_one_batch,
                          Isolation isolation) const {
    return read(from, max_bytes, at_least_one_batch, isolation, Placement::kCopied);
  }
  Result<ReadResult> read(Offset from, std::size_t max_bytes, bool at_least_one_batch) const {
    return read(from, max_bytes, at_least_one_batch, Isolation::kUncommitted);
  }

  // Calls `wake` once, when high_watermark() (kCommitted: last_stable_offset()) > from or the
  // partition stops or closes: look again. On a committer or appending thread; or, if it is so
  // already, on the caller's before this returns, and the result is kNoWait.
  virtual WaitId when_readable(Offset from, Isolation isolation,
                               std::move_only_function<void()> wake) = 0;
  WaitId when_readable(Offset from, std::move_only_function<void()> wake) {
    return when_readable(from, Isolation::kUncommitted, std::move(wake));
  }
  // True if the callback was removed before it ran; false if it has run, is running or is unknown.
  virtual bool cancel(WaitId wait) = 0;

  // The first record below the high watermark with a timestamp >= `from`; nothing if there is none.
  virtual Result<std::optional<TimedOffset>> offset_for_time(TimestampMs from) const = 0;
  // The first record that has the largest timestamp; nothing if the partition is empty.
  virtual Result<std::optional<TimedOffset>> offset_of_max_timestamp() const = 0;

  // The first offset that is served; everything below has been deleted.
  virtual Offset log_start() const = 0;
  virtual Offset high_watermark() const = 0;
  // The high watermark, or the first record below it whose transaction is undecided.
  virtual Offset last_stable_offset() const = 0;
  virtual Offset log_end() const = 0;
  virtual LeaderEpoch leader_epoch() const = 0;
  // In no order. With the append lock: not for every request.
  virtual std::vector<ProducerState> producers() const = 0;
  // Those of them that have a transaction open.
  virtual std::vector<ProducerState> open_transactions() const = 0;
  // Success, or why the partition no longer accepts appends.
  virtual Status health() const = 0;

  // Of its segments. kIo.
  virtual Result<std::uint64_t> size_bytes() const = 0;

  // Takes effect at the next append. Waits for the disk if Durability::kFsync becomes the rule.
  virtual void configure(const PartitionConfig& config) = 0;

  // Deletes the records below `before`; the new log start is durable on return, and nothing changes
  // if it is there already. Space comes back with the next enforce_retention(). kNotFound if
  // `before` is above the high watermark; kUnavailable if closed; kIo, kNoSpace. Blocks.
  virtual Status delete_records(Offset before) = 0;
  // Removes the segments that retention.ms and retention.bytes no longer keep, and those whose
  // records were all deleted. The active segment is sealed first if nothing in it is to be kept. A
  // read that is under way goes on. kUnavailable if closed; kIo. Blocks.
  virtual Result<Reclaimed> enforce_retention() = 0;
  // Of each key leaves the last record only, in the sealed segments, if the topic's settings want
  // it and it is due (log/compaction/). Offsets, timestamps and headers stay; offsets that are gone
  // are read over. Reads and appends go on. kCancelled if told to stop, kUnavailable if closed,
  // kCorrupt, kIo, kNoSpace: what was not compacted is as before. Blocks for long.
  virtual Result<Compacted> compact(const CompactionLimits& limits) = 0;

  // Makes everything durable and writes the checkpoint, so that the next open() skips the scan.
  // Then every append fails with kClosed, waiting callbacks are called, and the files are closed.
  // Blocks; waits for the committer, so not from its threads. Idempotent. A partition destroyed
  // without close() recovers as after a crash.
  virtual Status close() = 0;
};

// A retry of one of the last this many batches of a producer is recognised (Kafka: at most this
// many requests of an idempotent producer are in flight).
inline constexpr std::size_t kRememberedBatchesPerProducer = 5;

}  // namespace daybook::log
