#include "log/journal/completion.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "log/file_names.h"
#include "log/journal/partition_metadata.h"
#include "wire/record_batch.h"

namespace daybook::log {
namespace {

// Whether a valid batch begins in `there` that is not the one in `wanted`. What the CRC does not
// cover may be torn in a batch that is the same.
bool has_another_batch(BytesView there, BytesView wanted) {
  const auto batch = wire::frame_batch(there);
  if (!batch || !wire::check_batch(*batch)) return false;
  constexpr std::size_t kCovered = wire::batch_layout::kMagicAt;
  const BytesView same = wanted.first(std::min(wanted.size(), batch->size_bytes()));
  return !std::ranges::equal(batch->bytes().subspan(kCovered), same.subspan(kCovered));
}

// One segment that is being completed.
class Completion {
 public:
  // What is before `durable_end` was durable in the segment itself.
  Completion(std::string path, std::unique_ptr<io::File> file, std::uint32_t durable_end)
      : path_(std::move(path)), file_(std::move(file)), durable_end_(durable_end) {}

  Status add(const JournaledRange& range);
  Status sync() { return written_ ? file_->sync() : Status(); }

 private:
  std::string path_;
  std::unique_ptr<io::File> file_;
  std::uint32_t durable_end_;
  bool written_ = false;
};

Status Completion::add(const JournaledRange& range) {
  DAYBOOK_TRY(const std::uint64_t size, file_->size());
  if (range.position > size) return {};
  Bytes bytes(range.size_bytes());
  DAYBOOK_TRY(const std::size_t n, range.file->read_at(range.at, bytes));
  if (n != bytes.size()) {
    return fail(ErrorCode::kIo, fmt::format("cannot complete {} from the journal: it ended while "
                                            "it was read",
                                            path_));
  }
  Bytes there(bytes.size());
  DAYBOOK_TRY(const std::size_t known, file_->read_at(range.position, there));
  there.resize(known);
  if (range.position < durable_end_ && has_another_batch(there, bytes)) {
    return fail(ErrorCode::kCorrupt,
                fmt::format("{} has another batch at byte {} than the journal, which was durable; "
                            "nothing was changed; restore the file from a copy, or move its folder "
                            "away to go on without it",
                            path_, range.position));
  }
  written_ = true;
  return file_->write_at(range.position, bytes);
}

}  // namespace

Result<std::uint64_t> complete_segments(io::FileSystem& fs, const std::string& folder,
                                        Offset checkpoint, std::span<const JournaledRange> ranges,
                                        std::optional<LogPoint>& durable) {
  std::uint64_t bytes = 0;
  if (ranges.empty()) return bytes;
  const LogPoint noted = durable.value_or(LogPoint{});
  DAYBOOK_TRY(const Uuid topic_id, read_topic_id(fs, folder));
  std::map<Offset, std::optional<Completion>> segments;
  for (const JournaledRange& range : ranges) {
    const bool ours = topic_id.is_zero() || range.topic_id.is_zero() || range.topic_id == topic_id;
    // The segments before the one of the note were synced whole, and compaction may have made
    // others of them since.
    const bool synced = range.end.segment < noted.segment;
    if (!ours || synced || range.end.offset <= checkpoint) continue;
    bytes += range.size_bytes();
    if (!durable || durable->offset < range.end.offset) durable = range.end;
    const Offset base = range.end.segment;
    if (!segments.contains(base)) {
      std::string path = offset_path(folder, base, kLogSuffix);
      auto file = fs.open(path, io::OpenMode::kWrite);
      if (!file && file.error().code != ErrorCode::kNotFound) return std::unexpected(file.error());
      auto& segment = segments[base];
      const std::uint32_t durable_end = base == noted.segment ? noted.position : 0;
      if (file) segment.emplace(std::move(path), *std::move(file), durable_end);
    }
    if (auto& segment = segments[base]) DAYBOOK_TRY_VOID(segment->add(range));
  }
  for (auto& [base, segment] : segments) {
    if (segment) DAYBOOK_TRY_VOID(segment->sync());
  }
  return bytes;
}

}  // namespace daybook::log
