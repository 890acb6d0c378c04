// Where a partition's log begins, kept in the file `log-front` (docs/formats/log.md): the log start
// offset, below which every record has been deleted although its segment may still be there, and
// how far compaction has cleaned. The file appears when one of the two first moves; without it the
// log begins with its first segment, and nothing is clean.
//
// The log start is never ahead of what is durable, so that records that were deleted do not come
// back, and none is missed. How far is clean may be behind the truth: compaction then does some of
// its work again.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "io/file_system.h"

namespace daybook::log {

struct LogFront {
  Offset log_start{0};
  Offset first_dirty{0};  // segments below were compacted up to here
  friend bool operator==(const LogFront&, const LogFront&) = default;
};

inline constexpr std::size_t kLogFrontSizeBytes = 20;

std::array<std::byte, kLogFrontSizeBytes> encode_log_front(const LogFront& front);
// Nothing unless `bytes` is what encode_log_front() made.
std::optional<LogFront> decode_log_front(BytesView bytes);

// Nothing if the file is not there; kCorrupt, naming it, if it is not what was written.
Result<std::optional<LogFront>> read_log_front(io::FileSystem& fs, const std::string& folder);
// Replaces the file as a whole, durably: after a crash it is the old one or the new one.
Status write_log_front(io::FileSystem& fs, const std::string& folder, const LogFront& front);

}  // namespace daybook::log
