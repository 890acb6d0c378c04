// What a partition gives to a reader: batches, where they are, and how far they can be believed.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"

namespace daybook::io {
class File;
}  // namespace daybook::io

namespace daybook::log {

// What a reader wants to see of transactions: every record, or none above the first whose
// transaction is undecided (the last stable offset), and be told which of them were aborted.
enum class Isolation : std::uint8_t { kUncommitted, kCommitted };

struct AbortedTransaction {
  ProducerId producer;
  Offset first;  // of its records in this partition
  friend bool operator==(const AbortedTransaction&, const AbortedTransaction&) = default;
};

// Whether batches are copied out of their file, or may stay there if there are many: then they go
// from there to whoever wants them, and take no memory meanwhile.
enum class Placement : std::uint8_t { kCopied, kMayStay };

// Bytes of a file that nothing changes any more, even when the segment is deleted or replaced.
struct FileRange {
  std::shared_ptr<const io::File> file;
  std::uint64_t position = 0;
  std::size_t size_bytes = 0;
};

struct ReadResult {
  // Whole batches; the first one holds `from` and may begin before it.
  Bytes batches;
  FileRange in_file{};  // instead of `batches`, with Placement::kMayStay
  Offset high_watermark;
  Offset last_stable;
  Offset log_start;
  // kCommitted: those with records among the batches, by the order of their markers. A producer's
  // records from `first` up to its next marker were aborted.
  std::vector<AbortedTransaction> aborted{};

  std::size_t size_bytes() const { return batches.size() + in_file.size_bytes; }
};

}  // namespace daybook::log
