#include "log/segment/sparse_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/endian.h"

namespace daybook::log {
namespace {

// A search in a file reads single entries until this many are left, and then those at once.
constexpr std::uint32_t kSearchBlockEntries = 256;

template <class Entry>
Result<Entry> entry_at(const io::File& file, std::uint32_t number, io::Patience patience) {
  std::array<std::byte, Entry::kSizeBytes> bytes;
  DAYBOOK_TRY(const std::size_t n, file.read_at(number * Entry::kSizeBytes, bytes, patience));
  if (n != bytes.size()) {
    return fail(ErrorCode::kCorrupt, fmt::format("an index file has no entry {}", number));
  }
  return Entry::load(bytes.data());
}

// The last of `entries` whose `field` is <= `key`, or null.
template <class Entry>
const Entry* floor_of(std::span<const Entry> entries, typename Entry::Key key,
                      SearchField<Entry> field) {
  const auto above = std::ranges::upper_bound(entries, key, {}, field);
  return above == entries.begin() ? nullptr : &*(above - 1);
}

bool follows(const OffsetEntry& entry, const OffsetEntry& previous) {
  return entry.last_offset_delta > previous.last_offset_delta && entry.position > previous.position;
}
bool follows(const TimeEntry& entry, const TimeEntry& previous) {
  return entry.timestamp_ms > previous.timestamp_ms &&
         entry.last_offset_delta > previous.last_offset_delta;
}
// The first batch of a segment has no entry: its position would be 0.
bool is_inside(const OffsetEntry& entry, std::uint64_t end_position) {
  return entry.position > 0 && static_cast<std::uint64_t>(entry.position) < end_position;
}
bool is_inside(const TimeEntry& entry, std::uint64_t) {
  return entry.timestamp_ms >= 0;
}

}  // namespace

OffsetEntry OffsetEntry::load(const std::byte* from) {
  return {load_be<std::int32_t>(from), load_be<std::int32_t>(from + 4)};
}
void OffsetEntry::store(std::byte* to) const {
  store_be(to, last_offset_delta);
  store_be(to + 4, position);
}

TimeEntry TimeEntry::load(const std::byte* from) {
  return {load_be<std::int64_t>(from), load_be<std::int32_t>(from + 8)};
}
void TimeEntry::store(std::byte* to) const {
  store_be(to, timestamp_ms);
  store_be(to + 8, last_offset_delta);
}

template <class Entry>
void SparseIndex<Entry>::add(const Entry& entry) {
  const std::lock_guard lock(mutex_);
  DAYBOOK_CHECK(!last_ || entry.key() > last_->key(), "the keys of an index ascend");
  pending_.push_back(entry);
  last_ = entry;
}

template <class Entry>
Status SparseIndex<Entry>::flush(io::FileSystem& fs) {
  // Only this thread changes pending_, so it can be read without the mutex.
  if (pending_.empty()) return {};
  Bytes bytes(pending_.size() * Entry::kSizeBytes);
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    pending_[i].store(bytes.data() + i * Entry::kSizeBytes);
  }
  DAYBOOK_TRY(const auto file, fs.open(path_, io::OpenMode::kOpenOrCreate));
  DAYBOOK_TRY_VOID(file->write_at(std::uint64_t{stored_} * Entry::kSizeBytes, bytes));
  const std::lock_guard lock(mutex_);
  stored_ += static_cast<std::uint32_t>(pending_.size());
  pending_ = {};
  return {};
}

template <class Entry>
Result<std::optional<Entry>> SparseIndex<Entry>::floor(io::FileSystem& fs, Key key,
                                                       SearchField<Entry> field,
                                                       io::Patience patience) const {
  std::uint32_t stored = 0;
  {
    const std::lock_guard lock(mutex_);
    if (const Entry* found = floor_of<Entry>(pending_, key, field)) return *found;
    stored = stored_;
  }
  if (stored == 0) return std::nullopt;
  DAYBOOK_TRY(const auto file, fs.open(path_, io::OpenMode::kRead));
  return floor_in_file<Entry>(*file, stored, key, field, patience);
}

template <class Entry>
Result<std::optional<Entry>> floor_in_file(const io::File& file, std::uint32_t count,
                                           typename Entry::Key key, SearchField<Entry> field,
                                           io::Patience patience) {
  std::uint32_t low = 0;  // the answer is below `high`, and not below `low` if that is not 0
  std::uint32_t high = count;
  while (high - low > kSearchBlockEntries) {
    const std::uint32_t middle = low + (high - low) / 2;
    DAYBOOK_TRY(const Entry entry, entry_at<Entry>(file, middle, patience));
    ((entry.*field)() <= key ? low : high) = middle;
  }
  if (high == low) return std::nullopt;
  std::array<std::byte, kSearchBlockEntries * Entry::kSizeBytes> bytes;
  const std::size_t wanted = (high - low) * Entry::kSizeBytes;
  DAYBOOK_TRY(const std::size_t n,
              file.read_at(low * Entry::kSizeBytes, MutableBytes(bytes).first(wanted), patience));
  if (n != wanted) return fail(ErrorCode::kCorrupt, "an index file is shorter than it was");
  std::array<Entry, kSearchBlockEntries> entries;
  for (std::uint32_t i = 0; i < high - low; ++i) {
    entries[i] = Entry::load(bytes.data() + i * Entry::kSizeBytes);
  }
  const Entry* found = floor_of<Entry>(std::span(entries).first(high - low), key, field);
  // In a damaged file the keys do not ascend, and the search may end anywhere.
  return found && (found->*field)() <= key ? std::optional(*found) : std::nullopt;
}

template <class Entry>
Result<std::optional<Entry>> last_in_file(const io::File& file) {
  DAYBOOK_TRY(const std::uint64_t size, file.size());
  const auto count = static_cast<std::uint32_t>(size / Entry::kSizeBytes);
  if (count == 0) return std::nullopt;
  DAYBOOK_TRY(const Entry entry, entry_at<Entry>(file, count - 1, io::Patience::kDisk));
  return entry;
}

template <class Entry>
std::vector<Entry> believable_entries(BytesView bytes, std::int64_t end_delta,
                                      std::uint64_t end_position) {
  std::vector<Entry> entries;
  for (std::size_t at = 0; at + Entry::kSizeBytes <= bytes.size(); at += Entry::kSizeBytes) {
    const Entry entry = Entry::load(bytes.data() + at);
    if (entry.last_offset_delta < 0 || entry.last_offset_delta >= end_delta) break;
    if (!is_inside(entry, end_position)) break;
    if (!entries.empty() && !follows(entry, entries.back())) break;
    entries.push_back(entry);
  }
  return entries;
}

template class SparseIndex<OffsetEntry>;
template class SparseIndex<TimeEntry>;
template Result<std::optional<OffsetEntry>> floor_in_file(const io::File&, std::uint32_t,
                                                          OffsetEntry::Key,
                                                          SearchField<OffsetEntry>, io::Patience);
template Result<std::optional<TimeEntry>> floor_in_file(const io::File&, std::uint32_t,
                                                        TimeEntry::Key, SearchField<TimeEntry>,
                                                        io::Patience);
template Result<std::optional<OffsetEntry>> last_in_file(const io::File&);
template Result<std::optional<TimeEntry>> last_in_file(const io::File&);
template std::vector<OffsetEntry> believable_entries(BytesView, std::int64_t, std::uint64_t);
template std::vector<TimeEntry> believable_entries(BytesView, std::int64_t, std::uint64_t);

}  // namespace daybook::log
