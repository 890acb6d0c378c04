// What compaction leaves of one batch: Apache Kafka's rules, applied to bytes, with no file in
// sight.
//
//   - Of the records of a key the last one stays; of those that are later than the key map knows,
//     and of those whose map is not asked, all stay. A record without a key goes.
//   - A tombstone stays until the batch's delete horizon: delete.retention.ms after compaction
//     first saw it. Until then a slow reader learns that the key is gone. The horizon stands in the
//     batch (KIP-534), so it does not depend on when compaction runs again.
//   - The records of an aborted transaction go. A transaction's marker stays as long as a batch of
//     it does, and then until a horizon of its own.
//   - A batch keeps its offsets, its sequences and its codec. If nothing is left in it, it goes,
//     unless its end is needed: the last of a producer, whose sequence goes on from it, and the
//     last of a segment, which would seem to end too early.
//
// Pure. One thread.

#pragma once

#include <chrono>
#include <cstdint>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "log/compaction/key_map.h"
#include "wire/record_batch.h"

namespace daybook::log {

struct FilterRules {
  const KeyMap& last_offsets;
  Offset mapped_end;  // the map knows every record below
  Offset log_start;   // records below are deleted
  TimestampMs now;
  std::chrono::milliseconds delete_retention;
};

struct FilterPlace {
  bool is_over = false;   // of an aborted transaction; a marker: of one of which nothing is left
  bool keep_end = false;  // do not let the batch go, though nothing be left in it
  std::uint64_t room_bytes = 0;  // what is left of it may not be larger; the batch itself fits
};

struct Filtered {
  enum class Fate : std::uint8_t { kAsItIs, kRewritten, kGone };
  Fate fate = Fate::kAsItIs;
  Bytes bytes;  // kRewritten
};

// kCorrupt if the records cannot be read.
Result<Filtered> filter_batch(const wire::BatchView& batch, const FilterRules& rules,
                              const FilterPlace& place);

}  // namespace daybook::log
