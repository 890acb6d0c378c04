// The Partition on files. Two locks: append_mutex_ serializes what changes the segments at the end
// and is held across file writes; mutex_ guards what readers and waiters look at and is never held
// across I/O. Taken in that order. The committer's thread takes both, one after the other, never
// while syncing. What leaves the log at the front has two more, taken before those:
// maintenance_mutex_ is held while segments are removed, front_mutex_ while `log-front` is written.
//
// A reader holds no lock while it reads: a segment that it looks for by name may be removed or
// replaced meanwhile. segments_version_ then has changed, and it looks again.

#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "io/clock.h"
#include "io/file_system.h"
#include "log/committer.h"
#include "log/durable_end.h"
#include "log/journal/journal_contents.h"
#include "log/log_recovery.h"
#include "log/partition.h"
#include "log/producer_table.h"
#include "log/recovery/scan_budget.h"
#include "log/segment/active_segment.h"
#include "log/segment/checked_ranges.h"
#include "log/segment/next_places.h"
#include "log/segment/segment_reader.h"
#include "log/segment/segment_summary.h"
#include "log/undecided.h"

namespace daybook::log {

struct CleanedSegment;

class DiskPartition final : public Partition,
                            public Committable,
                            public std::enable_shared_from_this<DiskPartition> {
 public:
  DiskPartition(io::FileSystem& fs, io::Clock& clock, Committer& committer, std::string folder,
                const PartitionConfig& config, Durability durability, RecoveredLog recovered,
                std::shared_ptr<ScanBudget> scans);

  // What the set has for a partition.
  struct OfSet {
    std::span<const JournaledRange> journaled;
    std::shared_ptr<ScanBudget> scans;
  };
  // As Partition::open.
  static Result<std::shared_ptr<Partition>> open_in_set(io::FileSystem& fs, io::Clock& clock,
                                                        Committer& committer, std::string folder,
                                                        const PartitionConfig& config,
                                                        Durability durability, const OfSet& set,
                                                        RecoveryReport& report);

  std::vector<AppendResult> append_all(std::span<const BytesView> appends) override;
  AppendResult append_marker(const TransactionEnd& end) override;
  void when_durable(Offset end, std::move_only_function<void(Status)> done) override;
  using Partition::read;
  Result<ReadResult> read(Offset from, std::size_t max_bytes, bool at_least_one_batch,
                          Isolation isolation, Placement placement,
                          io::Patience patience) const override;
  WaitId when_readable(Offset from, Isolation isolation,
                       std::move_only_function<void()> wake) override;
  bool cancel(WaitId wait) override;
  Result<std::optional<TimedOffset>> offset_for_time(TimestampMs from) const override;
  Result<std::optional<TimedOffset>> offset_of_max_timestamp() const override;
  Offset log_start() const override;
  Offset high_watermark() const override;
  Offset last_stable_offset() const override;
  Offset log_end() const override;
  LeaderEpoch leader_epoch() const override { return leader_epoch_; }
  std::vector<ProducerState> producers() const override { return producer_states(false); }
  std::vector<ProducerState> open_transactions() const override { return producer_states(true); }
  Status health() const override;
  Result<std::uint64_t> size_bytes() const override;
  void configure(const PartitionConfig& config) override;
  Status delete_records(Offset before) override;
  Result<Reclaimed> enforce_retention() override;
  Result<Compacted> compact(const CompactionLimits& limits) override;
  Status close() override;

 private:
  struct Incoming;
  struct Callbacks;
  struct ReadableWait {
    Offset from;
    Isolation isolation;
    std::move_only_function<void()> wake;
  };
  struct Dirty;
  // Of a sealed segment; looked up once.
  struct SealedFacts {
    std::uint64_t size_bytes = 0;
    std::optional<TimestampMs> max_timestamp;
  };
  // The segments to read, and which state of the list they are from.
  struct Segments {
    std::vector<SegmentView> views;
    std::uint64_t version = 0;
  };

  // Appending; with append_mutex_.
  std::optional<AppendError> refusal() const;
  std::expected<Incoming, AppendError> parse(BytesView batches, Offset base) const;
  std::optional<AppendResult> check_producer(const Incoming& incoming,
                                             const Incoming& before) const;
  bool may_join(const Incoming& incoming, const Incoming& before) const;
  std::optional<AppendError> append_checked(const Incoming& incoming);
  Status roll();
  Status write(const Incoming& incoming);
  void publish_written(const Incoming& incoming);
  // The first records of the transactions that the batches have opened; of the one that was ended.
  std::vector<Offset> record_batches(const Incoming& incoming);
  std::optional<Offset> record_marker(const Incoming& incoming);
  std::chrono::milliseconds rolls_after() const;

  // Reading. Nothing: the list of segments has changed, look again.
  Result<std::optional<SegmentReader>> open_segment(
      const SegmentView& view, std::uint64_t version,
      io::Patience patience = io::Patience::kDisk) const;
  Result<std::optional<ReadResult>> try_read(Offset from, const ReadLimits& asked,
                                             Isolation isolation, Placement placement,
                                             io::Patience patience) const;
  bool was_read(Offset segment, std::uint64_t version) const;
  Result<Segments> all_readable() const;
  bool is_current(std::uint64_t version) const;
  Result<std::optional<BatchPlace>> find_batch(const SegmentReader& segment, Offset base,
                                               Offset from, std::uint64_t version) const;
  std::uint32_t checked_from(Offset segment, std::uint32_t position, std::uint64_t version) const;
  void note_read(Offset segment, std::uint32_t position, const CheckedBatches& batches,
                 std::uint64_t version) const;

  // What leaves at the front.
  Status advance_log_start(Offset to);
  Status make_durable(Offset end);
  Result<Offset> retention_point(const PartitionConfig& config);
  Result<std::vector<SegmentSummary>> kept_segments(bool with_times) const;
  Result<SealedFacts> facts_of(Offset base, bool with_time) const;
  Result<bool> seal_at(Offset end);
  Status checkpoint_above(Offset base);
  Result<Reclaimed> remove_below_log_start();
  Result<Reclaimed> remove_files();

  // What is compacted.
  Result<std::optional<Dirty>> find_dirty(const PartitionConfig& config);
  bool has_aborted(Offset sealed) const;
  Result<std::vector<AbortedEntry>> aborted_among(std::span<const SegmentSummary> segments) const;
  Status replace(std::span<const SegmentSummary> group, const CleanedSegment& cleaned,
                 bool with_aborted);
  Status advance_first_dirty(Offset to);

  // Committing.
  void commit() override;
  std::optional<JournalEntry> for_journal() override;
  void journaled(const LogPoint& end) override;
  Status settle() override;
  Status sync_written();
  enum class Extent : std::uint8_t { kDurable, kWritten };
  Result<LogPoint> sync_segments(Extent extent);
  void publish_durable(const LogPoint& end);
  Status checkpoint();
  void stop(const Error& error);

  // With mutex_.
  const LogPoint& readable() const { return durability_ == Durability::kOs ? written_ : durable_; }
  Offset last_stable() const;
  Offset readable_end(Isolation isolation) const;
  Callbacks take_ready();
  Callbacks take_all(const Error& why);
  Segments readable_segments(Offset from) const;
  Error closed_error() const;

  // Reading, without locks.
  Status collect_aborted_in(const std::vector<SegmentView>& segments, OffsetRange range,
                            io::Patience patience, std::vector<AbortedTransaction>& into) const;
  std::vector<ProducerState> producer_states(bool only_open) const;

  io::FileSystem& fs_;
  io::Clock& clock_;
  Committer& committer_;
  const std::string folder_;
  const Durability default_durability_;
  std::atomic<Durability> durability_;  // changed with both locks
  const LeaderEpoch leader_epoch_;

  mutable std::mutex append_mutex_;
  PartitionConfig config_;
  ProducerTable producers_;
  ScanBudget::Share since_checkpoint_;
  bool rolled_since_checkpoint_ = false;
  std::atomic<bool> wants_checkpoint_ = false;
  Offset checkpoint_;
  std::vector<std::string> unsynced_indexes_;  // of segments sealed since the checkpoint

  std::mutex maintenance_mutex_;
  std::vector<std::pair<Offset, std::uint64_t>> doomed_;  // out of the list, still on disk; sizes
  std::mutex front_mutex_;
  LogFront front_;

  std::mutex checkpoint_mutex_;   // one at a time
  std::mutex sync_mutex_;         // one sync of segments at a time
  std::optional<Uuid> topic_id_;  // read when the journal first wants it

  mutable std::mutex mutex_;
  Offset log_start_;
  std::vector<Offset> segments_;   // base offsets, ascending
  std::set<Offset> with_aborted_;  // the sealed ones that have the file
  UndecidedTransactions undecided_;
  std::uint64_t segments_version_ = 0;  // changes when one leaves
  std::optional<Offset> swapping_;      // of the segment that is read from its `.swap`
  mutable std::map<Offset, SealedFacts> sealed_facts_;
  mutable std::map<Offset, CheckedRanges> checked_;  // of files as they are in this version
  mutable NextPlaces next_places_;                   // likewise, of next_places_version_
  mutable std::uint64_t next_places_version_ = 0;
  std::shared_ptr<ActiveSegment> active_;                 // of the last of them
  std::vector<std::shared_ptr<io::File>> unsynced_logs_;  // of sealed segments
  bool folder_changed_ = false;                           // names not synced
  // synced_ <= durable_ <= written_. What is between the first two is durable in the journal.
  LogPoint written_;
  LogPoint durable_;
  LogPoint synced_;
  std::optional<Error> stopped_;
  bool closed_ = false;
  std::multimap<Offset, std::move_only_function<void(Status)>> durable_waits_;
  std::map<WaitId, ReadableWait> readable_waits_;
  WaitId last_wait_ = kNoWait;
};

// Callbacks that are due, taken out under the lock and called outside of it.
struct DiskPartition::Callbacks {
  std::vector<std::move_only_function<void(Status)>> durable;
  std::vector<std::move_only_function<void()>> readable;
  Status outcome;
  void call();
};

}  // namespace daybook::log
