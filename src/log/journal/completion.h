// Puts what was durable in the journal into the segments that it belongs to. It is written there
// even if the segment shows the same bytes: after a failed sync a kernel shows what it will never
// write.
//
// What cannot be right is not written, and left to recovery's judgement: bytes behind the end of
// the file, whose predecessors are missing. And a valid batch that was durable is not overwritten
// by another one. Above the durable end another one was never acknowledged, and gives way.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/ids.h"
#include "base/result.h"
#include "io/file_system.h"
#include "log/durable_end.h"
#include "log/journal/journal_contents.h"

namespace daybook::log {

// `ranges` in the order in which they were appended; those of another topic's partition of that
// name, those below `checkpoint`, and those of segments before that of `durable` are passed over.
// `durable` is how far the partition is known to be durable without them. The segments are durable
// on success, and `durable` is where the last range ends, if that is further. How many bytes it
// was. kCorrupt if a range contradicts the segment: that segment is as it was.
Result<std::uint64_t> complete_segments(io::FileSystem& fs, const std::string& folder,
                                        Offset checkpoint, std::span<const JournaledRange> ranges,
                                        std::optional<LogPoint>& durable);

}  // namespace daybook::log
