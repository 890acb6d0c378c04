// What the last process left in the journal: for each partition the ranges of its segments that
// were durable in the journal and perhaps nowhere else. Recovery completes the segments from them
// before it judges.
//
// A block counts if its CRC holds, its sequence is not below that in the file's header, and it
// follows the block before it. Behind the last of them may be the torn rest of a write that nobody
// was promised. A valid block behind something else is proof of damage, since a block is written
// only when the one before it was synced: that is noted, and what can be read is used all the same.
//
// One thread.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/uuid.h"
#include "io/file_system.h"
#include "log/durable_end.h"

namespace daybook::log {

// Bytes that belong into a segment, from `position` of it up to `end`, and where they are.
struct JournaledRange {
  Uuid topic_id;
  std::uint32_t position = 0;
  LogPoint end;
  std::shared_ptr<const io::File> file;
  std::uint64_t at = 0;  // in `file`
  std::uint32_t size_bytes() const { return end.position - position; }
};

struct JournalContents {
  std::map<std::string, std::vector<JournaledRange>, std::less<>>
      partitions;                    // by folder, in order
  std::vector<std::string> files;    // names, ordered
  std::vector<std::string> damaged;  // of `files`: those that cannot be used again
  std::vector<std::string> notes;    // for the log
  std::uint64_t next_sequence = 1;
};

// kUnsupported if a newer version wrote it; kIo if it cannot be read. Without the folder there is
// nothing in it.
Result<JournalContents> read_journal(io::FileSystem& fs, const std::string& folder);

}  // namespace daybook::log
