// What is in a partition's folder, for recovery: the names that mean something, and small files.
//
// Any thread.

#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "io/file_system.h"

namespace daybook::log {

struct FolderContents {
  std::vector<Offset> segments;   // ascending
  std::vector<Offset> snapshots;  // descending
  std::vector<std::string> names;
  std::set<Offset> with_aborted;
  std::vector<std::string> orphans;  // what a crash left: indexes without a segment, new files
};

Result<FolderContents> look_at(io::FileSystem& fs, const std::string& folder);

// The content of a small file; empty if it does not exist.
Result<Bytes> read_small(io::FileSystem& fs, const std::string& path);

}  // namespace daybook::log
