// The aborted transactions of a segment, in Apache Kafka's format (`<base>.txnindex`,
// docs/formats/log.md): one entry of fixed size for each marker of an abort that the segment holds,
// in their order. A reader of committed records is told of those that overlap what it reads, and
// leaves their records out.
//
// Derived from the log, so not durable with it: the newest entries wait in memory, at most
// kMaxPendingEntries of them if there is space, and go to the file together; readers look at both.
// The file is made with its first entry. A segment in which nothing was aborted has none.
//
// Threads: one at a time adds and flushes; any number collect meanwhile.

#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "io/file_system.h"
#include "log/partition.h"

namespace daybook::log {

struct AbortedEntry {
  ProducerId producer;
  Offset first;        // of the transaction's records in this partition
  Offset last;         // of its marker, in this segment
  Offset last_stable;  // no transaction that ends later begins below this

  static constexpr std::size_t kSizeBytes = 34;
  static AbortedEntry load(const std::byte* from);
  void store(std::byte* to) const;
  friend bool operator==(const AbortedEntry&, const AbortedEntry&) = default;
};

// Which records a reader was given: from `from` to below `end`.
struct OffsetRange {
  Offset from;
  Offset end;
};

class AbortedIndex {
 public:
  // `stored` entries of the file at `path` count; what follows them is overwritten.
  AbortedIndex(std::string path, std::uint32_t stored) : path_(std::move(path)), stored_(stored) {}

  const std::string& path() const { return path_; }
  bool has_file() const { return stored_ > 0; }  // of the thread that adds
  bool is_full() const;
  void add(const AbortedEntry& entry);
  // Writes what waits in memory. After an error it still waits.
  Status flush(io::FileSystem& fs);

  // Adds the transactions that overlap `range`. True: no later segment has one that does.
  Result<bool> collect(io::FileSystem& fs, OffsetRange range, std::vector<AbortedTransaction>& into,
                       io::Patience patience = io::Patience::kDisk) const;

 private:
  std::string path_;
  mutable std::mutex mutex_;  // guards the two below against readers
  std::uint32_t stored_;
  std::vector<AbortedEntry> pending_;
};

// The same over the file of a sealed segment. kCorrupt, naming the file, if its entries are none.
Result<bool> collect_aborted(io::FileSystem& fs, const std::string& path, OffsetRange range,
                             std::vector<AbortedTransaction>& into,
                             io::Patience patience = io::Patience::kDisk);

// All entries of the file of a sealed segment. kCorrupt as above.
Result<std::vector<AbortedEntry>> all_aborted(io::FileSystem& fs, const std::string& path);

// How many entries at the front of `bytes` can be believed after a crash, when the log of the
// segment that begins with `base` is known to be good below `end`. Any bytes are accepted.
std::uint32_t believable_aborted(BytesView bytes, Offset base, Offset end);

}  // namespace daybook::log
