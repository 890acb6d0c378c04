// Puts the segment that compaction made in the place of those that it was made from, so that a
// crash at any moment leaves the old ones or the new one, whole. As in Apache Kafka:
//
//   <base>.log.cleaned    being written: a crash makes it nothing
//   <base>.log.swap       whole and on disk: it counts, and a restart finishes what was begun
//   <base>.log            in its place
//
// and its indexes, each a step ahead of the log file that decides. Between the second and the third
// step the segments that it replaces are removed; readers use the .swap file meanwhile.
//
// One thread at a time for a folder.

#pragma once

#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "io/file_system.h"

namespace daybook::log {

// `<base>.log.cleaned` and its indexes are whole and synced. On success they are `.swap`, durably:
// the old segments do not count any more.
Status commit_replacement(io::FileSystem& fs, const std::string& folder, Offset base);
// Removes the segments `replaced`, of which `base` is none, and puts the `.swap` files in their
// place, durably. May be called again after an error.
Status finish_replacement(io::FileSystem& fs, const std::string& folder, Offset base,
                          const std::vector<Offset>& replaced);
// Removes what an attempt left that was not committed.
Status drop_replacement(io::FileSystem& fs, const std::string& folder, Offset base);

// What a crash left, when the folder is opened: finishes what was committed, removes the rest.
// `names` are the files in the folder. True if something was changed. kCorrupt if a committed
// segment cannot be read.
Result<bool> recover_replacements(io::FileSystem& fs, const std::string& folder,
                                  const std::vector<std::string>& names);

}  // namespace daybook::log
