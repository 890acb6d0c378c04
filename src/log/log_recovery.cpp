#include "log/log_recovery.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "log/compaction/segment_replacement.h"
#include "log/file_names.h"
#include "log/journal/completion.h"
#include "log/recovery/folder_contents.h"
#include "log/segment/segment_judge.h"
#include "wire/control_record.h"
#include "wire/record_reader.h"

namespace daybook::log {
namespace {

constexpr std::size_t kScanChunkBytes = std::size_t{256} * 1024;
constexpr std::size_t kKeptSnapshots = 2;

// What was scanned of one segment.
struct Scanned {
  std::shared_ptr<ActiveSegment> segment;
  std::uint64_t file_bytes = 0;
  std::uint32_t from = 0;
  Judgement judgement;
  std::uint64_t index_bytes = 0;  // of the index files that can be believed
  std::uint64_t time_index_bytes = 0;
  std::uint64_t aborted_bytes = 0;
  bool indexes_are_whole = false;  // the index files hold that and nothing else
};

class Recovery {
 public:
  Recovery(io::FileSystem& fs, io::Clock& clock, const std::string& folder,
           const PartitionConfig& config, RecoveryReport& report)
      : fs_(fs), clock_(clock), folder_(folder), config_(config), report_(report) {}

  Result<RecoveredLog> run(std::span<const JournaledRange> journaled);

 private:
  Result<RecoveredLog> start_empty();
  Status find_front(const std::optional<LogFront>& front);
  Status find_checkpoint();
  Status scan_all();
  Result<Scanned> scan(std::size_t number);
  Status judge(const JudgeFrom& from, Scanned& scanned);
  std::uint64_t durable_end_of(std::size_t number, std::uint64_t size) const;
  void record_producer(const wire::BatchView& batch, std::uint32_t size_bytes, TimestampMs now,
                       ActiveSegment& segment);
  Status judge_end() const;
  Status apply();
  Status cut(Scanned& last);
  Status cut_indexes(const Scanned& scanned);
  Status cut_aborted(const Scanned& scanned);
  Status sync_aborted(const Scanned& scanned);
  Status make_durable(const Scanned& scanned);
  std::unexpected<Error> corrupt(Offset segment, std::uint64_t position,
                                 std::string_view found) const;
  std::string path(Offset offset, std::string_view suffix) const {
    return offset_path(folder_, offset, suffix);
  }

  io::FileSystem& fs_;
  io::Clock& clock_;
  const std::string& folder_;
  const PartitionConfig& config_;
  RecoveryReport& report_;
  FolderContents found_;
  bool has_checkpoint_ = false;
  Offset checkpoint_;
  std::optional<LogPoint> durable_;  // what the note says
  LogFront front_;
  ProducerTable producers_;
  std::size_t first_ = 0;         // number of the segment where the scan began
  std::vector<Scanned> scanned_;  // from there on, up to the last one that stays
};

Result<RecoveredLog> Recovery::run(std::span<const JournaledRange> journaled) {
  DAYBOOK_TRY(found_, look_at(fs_, folder_));
  DAYBOOK_TRY(const bool replaced, recover_replacements(fs_, folder_, found_.names));
  if (replaced) {
    DAYBOOK_TRY(found_, look_at(fs_, folder_));
  }
  DAYBOOK_TRY(const Bytes note, read_small(fs_, fmt::format("{}/{}", folder_, kDurableEndName)));
  const auto noted = decode_durable_end(note);
  durable_ = noted;
  DAYBOOK_TRY(const auto front, read_log_front(fs_, folder_));
  DAYBOOK_TRY_VOID(find_front(front));
  DAYBOOK_TRY_VOID(find_checkpoint());
  DAYBOOK_TRY(report_.completed_bytes,
              complete_segments(fs_, folder_, checkpoint_, journaled, durable_));
  if (found_.segments.empty()) {
    DAYBOOK_TRY_VOID(judge_end());
    return start_empty();
  }
  DAYBOOK_TRY_VOID(scan_all());
  DAYBOOK_TRY_VOID(judge_end());
  DAYBOOK_TRY_VOID(apply());
  const Scanned& last = scanned_.back();
  RecoveredLog log;
  log.segments = std::move(found_.segments);
  log.active = last.segment;
  log.with_aborted = std::move(found_.with_aborted);
  log.producers = std::move(producers_);
  log.front = front_;
  log.end = {last.judgement.next_offset, last.segment->base(), last.segment->size_bytes()};
  log.checkpoint = checkpoint_;
  log.noted = noted;
  log.unscanned_bytes = report_.scanned_bytes;
  return log;
}

Result<RecoveredLog> Recovery::start_empty() {
  DAYBOOK_TRY(auto active, ActiveSegment::create(fs_, folder_, Offset{0}));
  DAYBOOK_TRY_VOID(fs_.sync_directory(folder_));
  return RecoveredLog{{Offset{0}}, {}, std::move(active), {}, {}, {}, Offset{0}, {}, 0};
}

Status Recovery::find_front(const std::optional<LogFront>& front) {
  const Offset first = found_.segments.empty() ? Offset{0} : found_.segments.front();
  if (front && front->log_start < first) {
    return corrupt(
        front->log_start, 0,
        fmt::format("no such file, and the first segment begins with offset {}", first.value));
  }
  front_ = front.value_or(LogFront{first, first});
  front_.first_dirty = std::max(front_.first_dirty, front_.log_start);
  // A name that a failed sync left undecided is there now, and could be gone after the next crash,
  // with what readers have been told since.
  return front ? fs_.sync_directory(folder_) : Status{};
}

Status Recovery::find_checkpoint() {
  const Offset start = found_.segments.empty() ? Offset{0} : found_.segments.front();
  checkpoint_ = start;
  for (const Offset offset : found_.snapshots) {
    DAYBOOK_TRY(const Bytes bytes, read_small(fs_, path(offset, kSnapshotSuffix)));
    auto table = ProducerTable::from_snapshot(bytes);
    if (!table || offset < start) continue;  // torn while it was written: the one before it counts
    producers_ = std::move(*table);
    checkpoint_ = offset;
    has_checkpoint_ = true;
    break;
  }
  if (durable_ && has_checkpoint_ && durable_->offset < checkpoint_) durable_.reset();
  return {};
}

std::unexpected<Error> Recovery::corrupt(Offset segment, std::uint64_t position,
                                         std::string_view found) const {
  return fail(
      ErrorCode::kCorrupt,
      fmt::format("{} is corrupt at byte {}: found {}, but this was once on disk; nothing was "
                  "changed; restore the file from a copy, or move the folder {} away to go on "
                  "without it",
                  path(segment, kLogSuffix), position, found, folder_));
}

std::uint64_t Recovery::durable_end_of(std::size_t number, std::uint64_t size) const {
  const Offset base = found_.segments[number];
  if (durable_) {
    if (base < durable_->segment) return size;
    return base == durable_->segment ? durable_->position : 0;
  }
  const bool is_last = number + 1 == found_.segments.size();
  return has_checkpoint_ || is_last ? 0 : size;
}

Status Recovery::scan_all() {
  const auto above = std::ranges::upper_bound(found_.segments, checkpoint_);
  first_ = static_cast<std::size_t>(above - found_.segments.begin()) - 1;
  for (std::size_t i = first_; i < found_.segments.size(); ++i) {
    DAYBOOK_TRY(Scanned scanned, scan(i));
    const Offset base = found_.segments[i];
    const Judgement judgement = scanned.judgement;
    if (judgement.verdict == Verdict::kCorrupt) {
      return corrupt(base, judgement.valid_end, judgement.reason);
    }
    scanned_.push_back(std::move(scanned));
    if (judgement.verdict == Verdict::kTornTail) break;
    if (i + 1 == found_.segments.size()) break;
    const Offset next = found_.segments[i + 1];
    if (next == judgement.next_offset) continue;
    if (next < judgement.next_offset) {
      return corrupt(next, 0,
                     fmt::format("a segment that overlaps the one before it, which ends "
                                 "below offset {}",
                                 judgement.next_offset.value));
    }
    // Records between the two are missing. In a log that is not ours, compaction took them.
    if (durable_ && next <= durable_->segment) {
      return corrupt(base, judgement.valid_end,
                     fmt::format("the end of the file below offset {}, where the next begins with "
                                 "{}",
                                 judgement.next_offset.value, next.value));
    }
    if (has_checkpoint_) break;
  }
  return {};
}

Result<Scanned> Recovery::scan(std::size_t number) {
  const Offset base = found_.segments[number];
  DAYBOOK_TRY(std::shared_ptr<io::File> log,
              fs_.open(path(base, kLogSuffix), io::OpenMode::kWrite));
  DAYBOOK_TRY(const std::uint64_t size, log->size());
  if (size > kMaxSegmentBytes) {
    return corrupt(base, kMaxSegmentBytes, "more bytes than a segment can have");
  }
  DAYBOOK_TRY(const Bytes index_bytes, read_small(fs_, path(base, kIndexSuffix)));
  DAYBOOK_TRY(const Bytes time_bytes, read_small(fs_, path(base, kTimeIndexSuffix)));
  DAYBOOK_TRY(const Bytes aborted_bytes, read_small(fs_, path(base, kAbortedSuffix)));
  const std::int64_t known = std::max<std::int64_t>(checkpoint_ - base, 0);
  auto offsets = believable_entries<OffsetEntry>(index_bytes, known, size);
  auto times = believable_entries<TimeEntry>(time_bytes, known, size);

  JudgeFrom from;
  from.size = size;
  from.durable_end = durable_end_of(number, size);
  from.next_offset = base;
  if (durable_ && durable_->offset == checkpoint_ && durable_->segment == base) {
    from.position = std::min<std::uint64_t>(durable_->position, size);
    from.next_offset = checkpoint_;
  } else if (!offsets.empty()) {
    from.position = static_cast<std::uint64_t>(offsets.back().position);
  }
  const auto last = [](const auto& entries) {
    return entries.empty() ? std::nullopt : std::optional(entries.back());
  };
  const auto count = [](const auto& entries) { return static_cast<std::uint32_t>(entries.size()); };
  Scanned scanned;
  scanned.file_bytes = size;
  scanned.from = static_cast<std::uint32_t>(from.position);
  scanned.index_bytes = offsets.size() * OffsetEntry::kSizeBytes;
  scanned.time_index_bytes = times.size() * TimeEntry::kSizeBytes;
  const auto is_there = [&](std::string_view suffix) {
    return std::ranges::any_of(found_.names, [&](const std::string& name) {
      return offset_in_name(name, suffix) == base;
    });
  };
  scanned.indexes_are_whole = index_bytes.size() == scanned.index_bytes &&
                              time_bytes.size() == scanned.time_index_bytes &&
                              is_there(kIndexSuffix) && is_there(kTimeIndexSuffix);
  const std::uint32_t aborted = believable_aborted(aborted_bytes, base, checkpoint_);
  scanned.aborted_bytes = std::uint64_t{aborted} * AbortedEntry::kSizeBytes;
  scanned.segment = std::make_shared<ActiveSegment>(
      base, log, scanned.from,
      std::make_unique<OffsetIndex>(path(base, kIndexSuffix), count(offsets), last(offsets)),
      std::make_unique<TimeIndex>(path(base, kTimeIndexSuffix), count(times), last(times)),
      std::make_unique<AbortedIndex>(path(base, kAbortedSuffix), aborted));
  if (from.position > 0) {
    Bytes header(wire::kBatchHeaderSizeBytes);
    DAYBOOK_TRY(const std::size_t n, log->read_at(0, header));
    const TimeEntry max = times.empty() ? TimeEntry{kNoTimestamp.value, 0} : times.back();
    const std::int32_t indexed = offsets.empty() ? 0 : offsets.back().position;
    scanned.segment->restore(
        n == header.size() ? wire::BatchView(header).max_timestamp() : kNoTimestamp,
        TimestampMs{max.timestamp_ms}, max.last_offset_delta,
        scanned.from - static_cast<std::uint32_t>(indexed));
  }

  DAYBOOK_TRY_VOID(judge(from, scanned));
  return scanned;
}

// Feeds the batches from there to the end, and takes note of those that are valid.
Status Recovery::judge(const JudgeFrom& from, Scanned& scanned) {
  const TimestampMs now = clock_.wall();
  const auto on_batch = [&](std::uint64_t, const wire::BatchView& header, std::uint32_t bytes) {
    scanned.segment->add(header, header.base_offset(), bytes, config_.index_interval_bytes);
    if (header.has_producer() && header.base_offset() >= checkpoint_) {
      record_producer(header, bytes, now, *scanned.segment);
    }
  };
  SegmentJudge segment_judge(from, on_batch);
  Bytes chunk(std::min<std::uint64_t>(kScanChunkBytes, from.size - from.position));
  for (std::uint64_t at = from.position; at < from.size;) {
    const MutableBytes into =
        MutableBytes(chunk).first(std::min<std::uint64_t>(chunk.size(), from.size - at));
    DAYBOOK_TRY(const std::size_t n, scanned.segment->log()->read_at(at, into));
    if (n == 0) {
      return corrupt(scanned.segment->base(), at, "the end of the file while it was read");
    }
    at += n;
    report_.scanned_bytes += n;
    if (!segment_judge.feed(into.first(n))) break;
  }
  scanned.judgement = segment_judge.finish();
  return {};
}

void Recovery::record_producer(const wire::BatchView& batch, std::uint32_t size_bytes,
                               TimestampMs now, ActiveSegment& segment) {
  if (!batch.is_control()) {
    producers_.record(batch, batch.base_offset(), now);
    return;
  }
  // Control records of other kinds, which logs from Kafka may hold, have no producer.
  if (batch.size_bytes() != size_bytes) return;
  auto records = wire::RecordReader::open(batch);
  wire::Record record;
  if (!records || !records->next(record).value_or(false)) return;
  const auto marker = wire::read_end_transaction_marker(record);
  if (!marker) return;
  const TransactionEnd end{batch.producer_id(), batch.producer_epoch(), *marker};
  const auto first = producers_.record(end, now);
  if (!first || marker->result != wire::TransactionResult::kAbort) return;
  const Offset at = batch.base_offset();
  segment.add_aborted({end.producer, *first, at, producers_.first_open().value_or(at.next())});
}

// Whether everything that was durable is there.
Status Recovery::judge_end() const {
  const Offset end = scanned_.empty() ? Offset{0} : scanned_.back().judgement.next_offset;
  const Offset noted = durable_ ? std::max(durable_->offset, checkpoint_) : checkpoint_;
  const Offset known = std::max(noted, front_.log_start);
  if (end >= known) return {};
  const Offset base = scanned_.empty() ? Offset{0} : scanned_.back().segment->base();
  const std::uint64_t at = scanned_.empty() ? 0 : scanned_.back().judgement.valid_end;
  return corrupt(base, at,
                 fmt::format("no record behind offset {}, though those below offset {} "
                             "were once on disk",
                             end.value - 1, known.value));
}

Status Recovery::apply() {
  Scanned& last = scanned_.back();
  const std::size_t kept = first_ + scanned_.size();
  for (std::size_t i = kept; i < found_.segments.size(); ++i) {
    DAYBOOK_TRY(const auto file,
                fs_.open(path(found_.segments[i], kLogSuffix), io::OpenMode::kRead));
    DAYBOOK_TRY(const std::uint64_t size, file->size());
    report_.torn_bytes += size;
    ++report_.removed_segments;
    for (const std::string_view suffix :
         {kLogSuffix, kIndexSuffix, kTimeIndexSuffix, kAbortedSuffix}) {
      const auto removed = fs_.remove(path(found_.segments[i], suffix));
      if (!removed && removed.error().code != ErrorCode::kNotFound) return removed;
    }
  }
  for (const std::string& orphan : found_.orphans) DAYBOOK_TRY_VOID(fs_.remove(orphan));
  if (report_.removed_segments > 0) DAYBOOK_TRY_VOID(fs_.sync_directory(folder_));
  found_.segments.resize(kept);

  const bool clean = last.judgement.verdict == Verdict::kClean && report_.removed_segments == 0;
  if (!clean) DAYBOOK_TRY_VOID(cut(last));
  const LogPoint end{last.judgement.next_offset, last.segment->base(), last.segment->size_bytes()};
  report_.scanned = report_.scanned_bytes > 0;
  for (Scanned& scanned : scanned_) {
    DAYBOOK_TRY_VOID(cut_indexes(scanned));
    DAYBOOK_TRY_VOID(cut_aborted(scanned));
    if (&scanned == &last) {
      // On a full disk the entries wait in memory, and reading goes on.
      const Status flushed = scanned.segment->flush_indexes(fs_);
      if (!flushed && flushed.error().code != ErrorCode::kNoSpace) return flushed;
    } else {
      DAYBOOK_TRY_VOID(scanned.segment->complete_indexes(fs_));
      for (const std::string& index :
           {scanned.segment->offsets().path(), scanned.segment->times().path()}) {
        DAYBOOK_TRY(const auto file, fs_.open(index, io::OpenMode::kWrite));
        DAYBOOK_TRY_VOID(file->sync());
      }
      DAYBOOK_TRY_VOID(sync_aborted(scanned));
    }
  }
  if (durable_ && clean && *durable_ == end) return {};
  for (const Scanned& scanned : scanned_) DAYBOOK_TRY_VOID(make_durable(scanned));
  return fs_.sync_directory(folder_);
}

// The index files are there, and hold what is believed. As a rule they do already.
Status Recovery::cut_indexes(const Scanned& scanned) {
  if (scanned.indexes_are_whole) return {};
  DAYBOOK_TRY(const auto index,
              fs_.open(scanned.segment->offsets().path(), io::OpenMode::kOpenOrCreate));
  DAYBOOK_TRY_VOID(index->truncate(scanned.index_bytes));
  DAYBOOK_TRY(const auto times,
              fs_.open(scanned.segment->times().path(), io::OpenMode::kOpenOrCreate));
  return times->truncate(scanned.time_index_bytes);
}

// The file of aborted transactions as far as it is believed. What is cut is cut for good: a
// checkpoint syncs the file only if it has entries, and what came back would be believed then.
Status Recovery::cut_aborted(const Scanned& scanned) {
  if (!found_.with_aborted.contains(scanned.segment->base())) return {};
  DAYBOOK_TRY(const auto file, fs_.open(scanned.segment->aborted().path(), io::OpenMode::kWrite));
  DAYBOOK_TRY(const std::uint64_t size, file->size());
  if (size == scanned.aborted_bytes) return {};
  DAYBOOK_TRY_VOID(file->truncate(scanned.aborted_bytes));
  return file->sync();
}

Status Recovery::sync_aborted(const Scanned& scanned) {
  if (!scanned.segment->aborted().has_file()) return {};
  found_.with_aborted.insert(scanned.segment->base());
  DAYBOOK_TRY(const auto file, fs_.open(scanned.segment->aborted().path(), io::OpenMode::kWrite));
  DAYBOOK_TRY_VOID(file->sync());
  return fs_.sync_directory(folder_);
}

// After a sync that failed, the kernel may hold bytes that it shows and will never write, and say
// that all is well when it is asked to sync again. So what is not known to be durable is written
// once more before it is believed.
Status Recovery::make_durable(const Scanned& scanned) {
  const std::uint64_t end = scanned.judgement.valid_end;
  std::uint64_t at = scanned.from;
  if (durable_ && durable_->segment == scanned.segment->base()) {
    at = std::max<std::uint64_t>(at, durable_->position);
  }
  io::File& log = *scanned.segment->log();
  Bytes chunk(std::min<std::uint64_t>(kScanChunkBytes, end > at ? end - at : 0));
  while (at < end) {
    const auto part = MutableBytes(chunk).first(std::min<std::uint64_t>(chunk.size(), end - at));
    DAYBOOK_TRY(const std::size_t n, log.read_at(at, part));
    if (n != part.size()) return corrupt(scanned.segment->base(), at + n, "the end of the file");
    DAYBOOK_TRY_VOID(log.write_at(at, part));
    at += n;
  }
  return log.sync();
}

Status Recovery::cut(Scanned& last) {
  const Judgement& judgement = last.judgement;
  report_.torn_bytes += last.file_bytes - judgement.valid_end;
  report_.note =
      fmt::format("{} was torn at byte {} (found {}): cut {} bytes that were never acknowledged{}",
                  path(last.segment->base(), kLogSuffix), judgement.valid_end,
                  judgement.reason.empty() ? "a gap before the next segment" : judgement.reason,
                  report_.torn_bytes,
                  report_.removed_segments == 0
                      ? ""
                      : fmt::format(", {} later segments among them", report_.removed_segments));
  return last.segment->log()->truncate(judgement.valid_end);
}

}  // namespace

Result<RecoveredLog> recover_log(io::FileSystem& fs, io::Clock& clock, const std::string& folder,
                                 const PartitionConfig& config,
                                 std::span<const JournaledRange> journaled,
                                 RecoveryReport& report) {
  return Recovery(fs, clock, folder, config, report).run(journaled);
}

Status write_checkpoint(io::FileSystem& fs, const std::string& folder, Offset offset,
                        BytesView snapshot) {
  const std::string path = offset_path(folder, offset, kSnapshotSuffix);
  DAYBOOK_TRY(const auto file,
              fs.open(path + std::string(kNewSuffix), io::OpenMode::kOpenOrCreate));
  DAYBOOK_TRY_VOID(file->truncate(0));
  DAYBOOK_TRY_VOID(file->write_at(0, snapshot));
  DAYBOOK_TRY_VOID(file->sync());
  // There may be one of this offset already, and it may be the only one above the log start.
  DAYBOOK_TRY_VOID(fs.rename(path + std::string(kNewSuffix), path));
  DAYBOOK_TRY_VOID(fs.sync_directory(folder));
  DAYBOOK_TRY(const FolderContents found, look_at(fs, folder));
  std::size_t kept = 0;
  for (const Offset other : found.snapshots) {
    // Snapshots from before a torn tail was cut may lie ahead; they were never valid.
    if (other <= offset && kept++ < kKeptSnapshots) continue;
    DAYBOOK_TRY_VOID(fs.remove(offset_path(folder, other, kSnapshotSuffix)));
  }
  return {};
}

}  // namespace daybook::log
