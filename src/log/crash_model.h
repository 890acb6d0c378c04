// What the crash test knows of a partition: what was appended, what was promised, and what may have
// been taken away since.

#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "log/partition_set.h"
#include "log/test_batches.h"

namespace daybook::log {

struct SentBatch {
  BatchSpec spec;
  Offset base;
  Offset end;
};

inline constexpr std::int64_t kIdempotent = 5;
inline constexpr std::int64_t kTransactional = 9;

// What is known of a transactional producer from the records and markers up to some end.
struct Transactions {
  std::optional<std::size_t> open;  // where the open one begins
  std::int32_t next_sequence = 0;
  std::vector<ReadRecord> committed;  // of all producers, below the open one
};

struct ModelPartition {
  TopicPartition name;
  std::vector<std::string> written;    // the value at each offset; above `promised` it may get lost
  std::vector<std::string> keys;       // of the same; a tombstone has no value
  std::vector<bool> gone;              // compaction took it
  std::int64_t compacted_at_most = 0;  // above, it has taken nothing
  std::vector<bool> transactional;     // whether the record at each offset is part of a transaction
  std::int64_t promised = 0;           // offsets below were acknowledged or read
  Offset start{0};                     // records below were deleted for good
  Offset start_at_most{0};             // those below may have been
  bool stopped = false;                // refused an append: no more until a restart
  std::deque<SentBatch> recent;        // of the idempotent producer, not more than are remembered
  std::int32_t next_sequence = 0;
  int made = 0;          // how often
  bool leaving = false;  // it is to be removed, whatever happens
  bool missing = true;   // it is to be made

  void resize(std::size_t size) {
    written.resize(size);
    keys.resize(size);
    gone.resize(size);
    transactional.resize(size);
  }
  static bool is_marker(const std::string& value) {
    return value == kCommitMarker || value == kAbortMarker;
  }

  // An idempotent producer waits for answers when as many batches are on their way as are
  // remembered.
  bool may_send() const {
    return recent.size() < kRememberedBatchesPerProducer || recent.front().end.value <= promised;
  }
  void promise(Offset end) { promised = std::max(promised, end.value); }
  void take_note_of_start(Offset at) {
    start = std::max(start, at);
    start_at_most = std::max(start_at_most, at);
  }
  void take_down(BatchSpec spec, Offset base) {
    for (std::size_t i = 0; i < spec.values.size(); ++i) {
      const bool tombstone = !spec.tombstone.empty() && spec.values[i] == spec.tombstone;
      written.push_back(tombstone ? "" : spec.values[i]);
      keys.push_back(spec.keys.empty() ? "" : spec.keys[i]);
      gone.push_back(false);
    }
    transactional.resize(written.size(), spec.transactional);
    if (spec.producer != kIdempotent) return;
    const auto count = static_cast<std::int32_t>(spec.values.size());
    next_sequence = spec.sequence + count;
    recent.push_back({std::move(spec), base, base + count});
    if (recent.size() > kRememberedBatchesPerProducer) recent.pop_front();
  }

  Transactions transactions() const {
    Transactions known;
    std::vector<ReadRecord> undecided;  // from the open one on
    for (std::size_t i = 0; i < written.size(); ++i) {
      const Offset offset{static_cast<std::int64_t>(i)};
      if (is_marker(written[i])) {
        if (written[i] == kAbortMarker) {
          std::erase_if(undecided, [&](const ReadRecord& record) {
            return transactional[static_cast<std::size_t>(record.offset.value)];
          });
        }
        for (ReadRecord& record : undecided) known.committed.push_back(std::move(record));
        undecided.clear();
        known.open.reset();
        continue;
      }
      if (transactional[i]) {
        ++known.next_sequence;
        if (!known.open) known.open = i;
      }
      (known.open ? undecided : known.committed).push_back({offset, written[i], keys[i]});
    }
    return known;
  }

  // Whether compaction may have taken the record at each offset.
  std::vector<bool> may_be_gone() const {
    std::vector<bool> may(written.size(), true);
    std::set<std::string> later;
    const auto below = std::min(written.size(), static_cast<std::size_t>(compacted_at_most));
    bool aborted = false;
    for (std::size_t i = written.size(); i-- > 0;) {
      if (is_marker(written[i])) aborted = written[i] == kAbortMarker;
      const bool counts = !is_marker(written[i]) && !(transactional[i] && aborted);
      const bool is_last = counts && !later.contains(keys[i]);
      may[i] = i < below && (!is_last || written[i].empty());
      if (counts && i < below) later.insert(keys[i]);
    }
    return may;
  }
};

}  // namespace daybook::log
