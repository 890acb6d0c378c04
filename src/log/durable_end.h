// How far a partition is known to be on disk. After each sync its committer notes the end in the
// file `durable-end` (docs/formats/log.md) without syncing that, so the note may be older than the
// truth, never ahead of it. After a crash it tells damage to what was durable (corruption, which
// stops the partition) from a tail that nobody was promised (which is cut).

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

// A place between two batches: an offset, and where in which segment it is.
struct LogPoint {
  Offset offset{0};
  Offset segment{0};           // its base offset
  std::uint32_t position = 0;  // in its file
  friend bool operator==(const LogPoint&, const LogPoint&) = default;
};

inline constexpr std::size_t kDurableEndSizeBytes = 24;

std::array<std::byte, kDurableEndSizeBytes> encode_durable_end(const LogPoint& point);
// Nothing unless `bytes` is what encode_durable_end() made.
std::optional<LogPoint> decode_durable_end(BytesView bytes);
// Writes it into the file of the partition in `folder`, unsynced. The file is not kept open: with
// thousands of partitions that would be as many descriptors again.
Status note_durable_end(io::FileSystem& fs, const std::string& folder, const LogPoint& point);

}  // namespace daybook::log
