// The two indexes of a segment, in Apache Kafka's formats (docs/formats/log.md): entries of fixed
// size whose keys ascend, for some of the batches. A lookup finds the last entry at or below a key;
// the caller walks the batches from there.
//
// Entries are derived from the segment, so they need not be durable with it: the newest wait in
// memory, at most kMaxPendingEntries of them, and go to the file together. Readers search both.
//
// Threads: one at a time adds and flushes; any number look up meanwhile.

#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "io/file_system.h"

namespace daybook::log {

// `<base>.index`: the batch at `position` ends with offset base + last_offset_delta.
struct OffsetEntry {
  std::int32_t last_offset_delta;
  std::int32_t position;

  using Key = std::int32_t;
  static constexpr std::size_t kSizeBytes = 8;
  Key key() const { return last_offset_delta; }
  Key place() const { return position; }
  static OffsetEntry load(const std::byte* from);
  void store(std::byte* to) const;
  friend bool operator==(const OffsetEntry&, const OffsetEntry&) = default;
};

// `<base>.timeindex`: no record up to the batch that ends with offset base + last_offset_delta is
// later than `timestamp_ms`, and a record of that batch is as late.
struct TimeEntry {
  std::int64_t timestamp_ms;
  std::int32_t last_offset_delta;

  using Key = std::int64_t;
  static constexpr std::size_t kSizeBytes = 12;
  Key key() const { return timestamp_ms; }
  static TimeEntry load(const std::byte* from);
  void store(std::byte* to) const;
  friend bool operator==(const TimeEntry&, const TimeEntry&) = default;
};

inline constexpr std::size_t kMaxPendingEntries = 512;

// What a search goes by: Entry::key, or another field that ascends with it.
template <class Entry>
using SearchField = typename Entry::Key (Entry::*)() const;

template <class Entry>
class SparseIndex {
 public:
  using Key = typename Entry::Key;

  // `stored` entries of the file at `path` count; what follows them is overwritten.
  SparseIndex(std::string path, std::uint32_t stored, std::optional<Entry> last)
      : path_(std::move(path)), stored_(stored), last_(last) {}

  const std::string& path() const { return path_; }
  // Of the thread that adds.
  const std::optional<Entry>& last() const { return last_; }
  bool is_full() const { return pending_.size() >= kMaxPendingEntries; }
  // Adds an entry whose key is above the last one's.
  void add(const Entry& entry);
  // Writes what waits in memory. After an error it still waits.
  Status flush(io::FileSystem& fs);

  // The last entry with a key (or another field) <= `key`.
  Result<std::optional<Entry>> floor(io::FileSystem& fs, Key key,
                                     SearchField<Entry> field = &Entry::key,
                                     io::Patience patience = io::Patience::kDisk) const;

 private:
  std::string path_;
  mutable std::mutex mutex_;  // guards the three below against readers
  std::uint32_t stored_;
  std::vector<Entry> pending_;
  std::optional<Entry> last_;
};

// The same over a file that nobody adds to. `count` is the number of entries that are looked at.
template <class Entry>
Result<std::optional<Entry>> floor_in_file(const io::File& file, std::uint32_t count,
                                           typename Entry::Key key, SearchField<Entry> field,
                                           io::Patience patience);
template <class Entry>
Result<std::optional<Entry>> last_in_file(const io::File& file);

// The entries at the front of `bytes` that ascend in both fields, have an offset below
// `end_delta` and (offset entries) a position below `end_position`: what can be believed after a
// crash. Any bytes are accepted.
template <class Entry>
std::vector<Entry> believable_entries(BytesView bytes, std::int64_t end_delta,
                                      std::uint64_t end_position);

using OffsetIndex = SparseIndex<OffsetEntry>;
using TimeIndex = SparseIndex<TimeEntry>;

}  // namespace daybook::log
