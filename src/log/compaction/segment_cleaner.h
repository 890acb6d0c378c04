// Reads neighbouring sealed segments, filters their batches and writes what is left as one segment,
// `<base>.log.cleaned` with its indexes, synced. Nothing that counts is changed:
// compaction/segment_replacement.h does that.
//
// The last batch stays in any case, without records if need be: so a segment ends where the next
// one begins, compacted or not, and recovery can tell that none is missing.
//
// Memory: about a megabyte, and the largest batch twice. One thread.

#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <unordered_map>

#include "base/ids.h"
#include "base/result.h"
#include "io/file_system.h"
#include "log/compaction/batch_filter.h"
#include "log/compaction/transaction_trail.h"
#include "log/producer_table.h"
#include "log/segment/segment_summary.h"

namespace daybook::log {

struct CleaningJob {
  io::FileSystem& fs;
  const std::string& folder;
  const FilterRules& rules;
  const std::unordered_map<ProducerId, ProducerTable::End>& producer_ends;
  std::uint32_t index_interval_bytes;
  std::function<bool()> cancelled;  // asked about every megabyte
};

struct CleanedSegment {
  bool changed = false;  // false: the file holds what the one segment held
  std::uint64_t size_bytes = 0;
  TimestampMs max_timestamp = kNoTimestamp;
};

// `with_aborted`: the group has a file of aborted transactions, and so gets one.
// kCancelled; kCorrupt if a batch is not what was written; kIo, kNoSpace.
Result<CleanedSegment> clean_segments(const CleaningJob& job, std::span<const SegmentSummary> group,
                                      TransactionTrail& trail, bool with_aborted);

// Takes note of the keys of `segment` from `from` on. False if the map is full: it knows every
// record below `mapped_end`. Errors as above.
Result<bool> map_segment(const CleaningJob& job, const SegmentSummary& segment, Offset from,
                         TransactionTrail& trail, KeyMap& map, Offset& mapped_end);

}  // namespace daybook::log
