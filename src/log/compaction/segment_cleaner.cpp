#include "log/compaction/segment_cleaner.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "log/file_names.h"
#include "log/segment/active_segment.h"
#include "log/segment/segment_reader.h"
#include "wire/record_reader.h"

namespace daybook::log {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 20;

Result<bool> read_pieces(const CleaningJob& job, Offset base,
                         const std::function<Result<bool>(const wire::BatchView&)>& each) {
  DAYBOOK_TRY(const auto reader,
              SegmentReader::open(job.fs, job.folder, {base, nullptr, std::nullopt}));
  for (std::uint32_t position = 0; position < reader.limit();) {
    if (job.cancelled()) return fail(ErrorCode::kCancelled, "compaction was stopped");
    DAYBOOK_TRY(const Bytes piece, reader.read(position, kPieceBytes, true));
    position += static_cast<std::uint32_t>(piece.size());
    for (BytesView left = piece; !left.empty();) {
      const auto batch = wire::frame_batch(left);
      if (!batch) return fail(ErrorCode::kCorrupt, batch.error().message);
      DAYBOOK_TRY(const bool more, each(*batch));
      if (!more) return false;
      left = left.subspan(batch->size_bytes());
    }
  }
  return true;
}

class CleanedFile {
 public:
  static Result<CleanedFile> create(const CleaningJob& job, Offset base, bool with_aborted) {
    const auto make = [&](std::string_view suffix) -> Result<std::unique_ptr<io::File>> {
      DAYBOOK_TRY(auto file, job.fs.open(path(job, base, suffix), io::OpenMode::kOpenOrCreate));
      DAYBOOK_TRY_VOID(file->truncate(0));
      return file;
    };
    DAYBOOK_TRY_VOID(make(kIndexSuffix));
    DAYBOOK_TRY_VOID(make(kTimeIndexSuffix));
    if (with_aborted) DAYBOOK_TRY_VOID(make(kAbortedSuffix));
    DAYBOOK_TRY(std::shared_ptr<io::File> log, make(kLogSuffix));
    return CleanedFile(
        job, with_aborted,
        std::make_unique<ActiveSegment>(
            base, std::move(log), 0,
            std::make_unique<OffsetIndex>(path(job, base, kIndexSuffix), 0, std::nullopt),
            std::make_unique<TimeIndex>(path(job, base, kTimeIndexSuffix), 0, std::nullopt),
            std::make_unique<AbortedIndex>(path(job, base, kAbortedSuffix), 0)));
  }

  const ActiveSegment& segment() const { return *segment_; }

  Status add(const wire::BatchView& batch) {
    segment_->add(batch, batch.base_offset(), static_cast<std::uint32_t>(batch.size_bytes()),
                  job_->index_interval_bytes);
    unwritten_.insert(unwritten_.end(), batch.bytes().begin(), batch.bytes().end());
    if (segment_->wants_index_flush()) DAYBOOK_TRY_VOID(segment_->flush_indexes(job_->fs));
    return unwritten_.size() >= kPieceBytes ? write() : Status();
  }

  void add_aborted(const AbortedEntry& entry) { segment_->add_aborted(entry); }

  Status finish() {
    DAYBOOK_TRY_VOID(write());
    DAYBOOK_TRY_VOID(segment_->complete_indexes(job_->fs));
    DAYBOOK_TRY_VOID(segment_->log()->sync());
    std::vector<std::string> indexes = {segment_->offsets().path(), segment_->times().path()};
    if (with_aborted_) indexes.push_back(segment_->aborted().path());
    for (const std::string& index : indexes) {
      DAYBOOK_TRY(const auto file, job_->fs.open(index, io::OpenMode::kWrite));
      DAYBOOK_TRY_VOID(file->sync());
    }
    return {};
  }

 private:
  CleanedFile(const CleaningJob& job, bool with_aborted, std::unique_ptr<ActiveSegment> segment)
      : job_(&job), with_aborted_(with_aborted), segment_(std::move(segment)) {}

  static std::string path(const CleaningJob& job, Offset base, std::string_view suffix) {
    return offset_path(job.folder, base, suffix) + std::string(kCleanedSuffix);
  }

  Status write() {
    DAYBOOK_TRY_VOID(segment_->log()->write_at(segment_->size_bytes() - unwritten_.size(),
                                               BytesView(unwritten_)));
    unwritten_.clear();
    return {};
  }

  const CleaningJob* job_;
  bool with_aborted_;
  std::unique_ptr<ActiveSegment> segment_;
  Bytes unwritten_;
};

bool is_end_of_producer(const CleaningJob& job, const wire::BatchView& batch) {
  const auto end = job.producer_ends.find(batch.producer_id());
  if (end == job.producer_ends.end()) return false;
  if (end->second.last) return *end->second.last == batch.last_offset();
  return batch.is_control() && batch.producer_epoch() == end->second.epoch;
}

}  // namespace

Result<CleanedSegment> clean_segments(const CleaningJob& job, std::span<const SegmentSummary> group,
                                      TransactionTrail& trail, bool with_aborted) {
  DAYBOOK_TRY(CleanedFile out, CleanedFile::create(job, group.front().base, with_aborted));
  std::uint64_t left_bytes = 0;
  for (const SegmentSummary& segment : group) left_bytes += segment.size_bytes;
  bool changed = group.size() > 1;
  const auto filter = [&](const wire::BatchView& batch) -> Result<bool> {
    left_bytes -= batch.size_bytes();
    FilterPlace place{.is_over = false,
                      .keep_end = left_bytes == 0 || is_end_of_producer(job, batch),
                      .room_bytes = kMaxSegmentBytes - out.segment().size_bytes() - left_bytes};
    if (batch.is_control()) {
      DAYBOOK_TRY(const auto ended, trail.end_by(batch));
      place.is_over = ended.leaves_nothing;
      if (ended.aborted) out.add_aborted(*ended.aborted);
    } else {
      place.is_over = trail.is_aborted(batch);
    }
    DAYBOOK_TRY(const Filtered filtered, filter_batch(batch, job.rules, place));
    changed = changed || filtered.fate != Filtered::Fate::kAsItIs;
    if (filtered.fate == Filtered::Fate::kGone) return true;
    const bool as_it_is = filtered.fate == Filtered::Fate::kAsItIs;
    DAYBOOK_TRY_VOID(out.add(as_it_is ? batch : wire::BatchView(filtered.bytes)));
    return true;
  };
  for (const SegmentSummary& segment : group) {
    DAYBOOK_TRY_VOID(read_pieces(job, segment.base, filter));
  }
  DAYBOOK_TRY_VOID(out.finish());
  return CleanedSegment{changed, out.segment().size_bytes(), out.segment().max_timestamp()};
}

namespace {

Status map_keys(const wire::BatchView& batch, Offset from, KeyMap& map) {
  DAYBOOK_TRY(auto records, wire::RecordReader::open(batch));
  for (wire::Record record;;) {
    DAYBOOK_TRY(const bool more, records.next(record));
    if (!more) return {};
    if (record.key && record.offset >= from) map.put(*record.key, record.offset);
  }
}

}  // namespace

Result<bool> map_segment(const CleaningJob& job, const SegmentSummary& segment, Offset from,
                         TransactionTrail& trail, KeyMap& map, Offset& mapped_end) {
  const auto take = [&](const wire::BatchView& batch) -> Result<bool> {
    bool wanted = batch.last_offset() >= from;
    if (batch.is_control()) {
      DAYBOOK_TRY_VOID(trail.end_by(batch));
      wanted = false;
    } else if (trail.is_aborted(batch)) {
      wanted = false;
    }
    if (wanted) {
      const auto count = static_cast<std::uint64_t>(batch.record_count());
      if (!map.has_room_for(count)) {
        if (map.size() > 0) return false;
        return fail(ErrorCode::kInvalid,
                    fmt::format("cannot compact {}: the {} records of the batch at offset {} need "
                                "more memory than is allowed",
                                job.folder, count, batch.base_offset().value));
      }
      DAYBOOK_TRY_VOID(map_keys(batch, from, map));
    }
    mapped_end = std::max(mapped_end, batch.next_offset());
    return true;
  };
  DAYBOOK_TRY(const bool whole, read_pieces(job, segment.base, take));
  if (whole) mapped_end = segment.end;
  return whole;
}

}  // namespace daybook::log
