#include "log/segment/aborted_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/endian.h"
#include "log/segment/sparse_index.h"

namespace daybook::log {
namespace {

constexpr std::int16_t kVersion = 0;
// Entries are read this many at once.
constexpr std::uint32_t kBlockEntries = 256;

constexpr std::size_t kProducerAt = 2;
constexpr std::size_t kFirstAt = 10;
constexpr std::size_t kLastAt = 18;
constexpr std::size_t kLastStableAt = 26;

bool is_entry(const std::byte* from) {
  if (load_be<std::int16_t>(from) != kVersion) return false;
  const AbortedEntry entry = AbortedEntry::load(from);
  return entry.producer.value >= 0 && entry.first.value >= 0 && entry.first < entry.last &&
         entry.last_stable.value >= 0 && entry.last_stable.value <= entry.last.value + 1;
}

// True: the entry says that no later one overlaps.
bool collect_one(const AbortedEntry& entry, OffsetRange range,
                 std::vector<AbortedTransaction>& into) {
  if (entry.last >= range.from && entry.first < range.end) {
    into.push_back({entry.producer, entry.first});
  }
  return entry.last_stable >= range.end;
}

class StoredEntries {
 public:
  StoredEntries(const io::File& file, const std::string& path, io::Patience patience)
      : file_(file), path_(path), patience_(patience) {}

  // Entries `number` to below `number + count` (at most kBlockEntries).
  Result<std::span<const AbortedEntry>> read(std::uint32_t number, std::uint32_t count) {
    const auto into = MutableBytes(bytes_).first(count * AbortedEntry::kSizeBytes);
    DAYBOOK_TRY(const std::size_t n,
                file_.read_at(std::uint64_t{number} * AbortedEntry::kSizeBytes, into, patience_));
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::byte* const at = into.data() + i * AbortedEntry::kSizeBytes;
      if ((i + 1) * AbortedEntry::kSizeBytes > n || !is_entry(at)) {
        return fail(ErrorCode::kCorrupt,
                    fmt::format("cannot read {}: entry {} is no aborted transaction; the file has "
                                "changed since it was written: restore it from a copy",
                                path_, number + i));
      }
      entries_[i] = AbortedEntry::load(at);
    }
    return std::span(entries_).first(count);
  }

  // The number of the first entry whose marker is at or behind `from`.
  Result<std::uint32_t> lower_bound(Offset from, std::uint32_t count) {
    std::uint32_t low = 0;
    while (low < count) {
      const std::uint32_t middle = low + (count - low) / 2;
      DAYBOOK_TRY(const auto entry, read(middle, 1));
      if (entry.front().last < from) {
        low = middle + 1;
      } else {
        count = middle;
      }
    }
    return low;
  }

 private:
  const io::File& file_;
  const std::string& path_;
  const io::Patience patience_;
  std::array<std::byte, kBlockEntries * AbortedEntry::kSizeBytes> bytes_;
  std::array<AbortedEntry, kBlockEntries> entries_;
};

Result<bool> collect_stored(const io::File& file, const std::string& path, std::uint32_t count,
                            OffsetRange range, io::Patience patience,
                            std::vector<AbortedTransaction>& into) {
  StoredEntries stored(file, path, patience);
  DAYBOOK_TRY(std::uint32_t number, stored.lower_bound(range.from, count));
  while (number < count) {
    const std::uint32_t block = std::min(kBlockEntries, count - number);
    DAYBOOK_TRY(const auto entries, stored.read(number, block));
    for (const AbortedEntry& entry : entries) {
      if (collect_one(entry, range, into)) return true;
    }
    number += block;
  }
  return false;
}

}  // namespace

AbortedEntry AbortedEntry::load(const std::byte* from) {
  return {ProducerId{load_be<std::int64_t>(from + kProducerAt)},
          Offset{load_be<std::int64_t>(from + kFirstAt)},
          Offset{load_be<std::int64_t>(from + kLastAt)},
          Offset{load_be<std::int64_t>(from + kLastStableAt)}};
}

void AbortedEntry::store(std::byte* to) const {
  store_be(to, kVersion);
  store_be(to + kProducerAt, producer.value);
  store_be(to + kFirstAt, first.value);
  store_be(to + kLastAt, last.value);
  store_be(to + kLastStableAt, last_stable.value);
}

bool AbortedIndex::is_full() const {
  return pending_.size() >= kMaxPendingEntries;
}

void AbortedIndex::add(const AbortedEntry& entry) {
  const std::lock_guard lock(mutex_);
  pending_.push_back(entry);
}

Status AbortedIndex::flush(io::FileSystem& fs) {
  // Only this thread changes pending_, so it can be read without the mutex.
  if (pending_.empty()) return {};
  Bytes bytes(pending_.size() * AbortedEntry::kSizeBytes);
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    pending_[i].store(bytes.data() + i * AbortedEntry::kSizeBytes);
  }
  DAYBOOK_TRY(const auto file, fs.open(path_, io::OpenMode::kOpenOrCreate));
  DAYBOOK_TRY_VOID(file->write_at(std::uint64_t{stored_} * AbortedEntry::kSizeBytes, bytes));
  const std::lock_guard lock(mutex_);
  stored_ += static_cast<std::uint32_t>(pending_.size());
  pending_ = {};
  return {};
}

Result<bool> AbortedIndex::collect(io::FileSystem& fs, OffsetRange range,
                                   std::vector<AbortedTransaction>& into,
                                   io::Patience patience) const {
  std::uint32_t stored = 0;
  std::vector<AbortedEntry> pending;
  {
    const std::lock_guard lock(mutex_);
    stored = stored_;
    pending = pending_;
  }
  if (stored > 0) {
    DAYBOOK_TRY(const auto file, fs.open(path_, io::OpenMode::kRead));
    DAYBOOK_TRY(const bool complete, collect_stored(*file, path_, stored, range, patience, into));
    if (complete) return true;
  }
  return std::ranges::any_of(
      pending, [&](const AbortedEntry& entry) { return collect_one(entry, range, into); });
}

Result<bool> collect_aborted(io::FileSystem& fs, const std::string& path, OffsetRange range,
                             std::vector<AbortedTransaction>& into, io::Patience patience) {
  DAYBOOK_TRY(const auto file, fs.open(path, io::OpenMode::kRead));
  DAYBOOK_TRY(const std::uint64_t size, file->size());
  if (size % AbortedEntry::kSizeBytes != 0) {
    return fail(ErrorCode::kCorrupt,
                fmt::format("cannot read {}: {} bytes are not whole entries; restore it from a "
                            "copy",
                            path, size));
  }
  return collect_stored(*file, path, static_cast<std::uint32_t>(size / AbortedEntry::kSizeBytes),
                        range, patience, into);
}

Result<std::vector<AbortedEntry>> all_aborted(io::FileSystem& fs, const std::string& path) {
  DAYBOOK_TRY(const auto file, fs.open(path, io::OpenMode::kRead));
  DAYBOOK_TRY(const std::uint64_t size, file->size());
  const auto count = static_cast<std::uint32_t>(size / AbortedEntry::kSizeBytes);
  std::vector<AbortedEntry> all;
  all.reserve(count);
  StoredEntries stored(*file, path, io::Patience::kDisk);
  while (all.size() < count) {
    const auto number = static_cast<std::uint32_t>(all.size());
    DAYBOOK_TRY(const auto entries, stored.read(number, std::min(kBlockEntries, count - number)));
    all.insert(all.end(), entries.begin(), entries.end());
  }
  return all;
}

std::uint32_t believable_aborted(BytesView bytes, Offset base, Offset end) {
  std::uint32_t count = 0;
  Offset behind = base;
  for (std::size_t at = 0; at + AbortedEntry::kSizeBytes <= bytes.size();
       at += AbortedEntry::kSizeBytes) {
    if (!is_entry(bytes.data() + at)) break;
    const AbortedEntry entry = AbortedEntry::load(bytes.data() + at);
    if (entry.last < behind || entry.last >= end) break;
    behind = entry.last.next();
    ++count;
  }
  return count;
}

}  // namespace daybook::log
