// How one partition is kept on disk, and when an append counts as done. The names and defaults are
// those of Apache Kafka's topic configuration where it has one.

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/ids.h"

namespace daybook::log {

enum class Durability : std::uint8_t {
  kFsync,  // done when it is on disk: a power cut loses nothing that was acknowledged
  kOs,     // done when the operating system has it: a killed process loses nothing, a power cut may
};

struct PartitionConfig {
  std::uint32_t segment_bytes = 1u << 30;               // segment.bytes; kMinSegmentBytes and up
  std::chrono::milliseconds segment_ms{604'800'000};    // segment.ms
  std::chrono::milliseconds segment_jitter_ms{0};       // segment.jitter.ms
  std::uint32_t index_interval_bytes = 4096;            // index.interval.bytes
  std::uint64_t checkpoint_interval_bytes = 64u << 20;  // after a crash at most this is scanned
  std::chrono::milliseconds producer_expiry_ms{86'400'000};  // producer.id.expiration.ms
  LeaderEpoch leader_epoch{0};                               // stamped on every batch

  // cleanup.policy has `delete`: then these two say what goes. Nothing: it is kept for ever.
  bool deletes = true;
  std::optional<std::chrono::milliseconds> retention_ms;  // retention.ms
  std::optional<std::uint64_t> retention_bytes;           // retention.bytes

  // cleanup.policy has `compact`: then these say when, and how long a tombstone stays.
  bool compacts = false;
  double min_dirty_ratio = 0.5;                                    // min.cleanable.dirty.ratio
  std::chrono::milliseconds min_compaction_lag_ms{0};              // min.compaction.lag.ms
  std::optional<std::chrono::milliseconds> max_compaction_lag_ms;  // max.compaction.lag.ms
  std::chrono::milliseconds delete_retention_ms{86'400'000};       // delete.retention.ms
  std::optional<Durability> durability;  // daybook.durability; nothing: as the set was opened
};

// How much of the disk the journal takes, and what goes through it (docs/formats/journal.md).
struct JournalConfig {
  std::uint64_t file_bytes = 64u << 20;  // at least kMinJournalFileBytes
  std::size_t max_files = 4;             // made one by one as they are needed
  // A partition with more to make durable syncs its segment: writing twice would cost more.
  std::uint32_t max_range_bytes = 32u << 10;
};
inline constexpr std::uint64_t kMinJournalFileBytes = 8192;

// About so much is scanned after a crash, in all partitions together (log/recovery/scan_budget.h).
inline constexpr std::uint64_t kMaxScanBytes = 512u << 20;

// Positions inside a segment are 32-bit signed numbers in Kafka's index files.
inline constexpr std::uint32_t kMaxSegmentBytes = 0x7fff'ffff;
inline constexpr std::uint32_t kMinSegmentBytes = 1024;

}  // namespace daybook::log
