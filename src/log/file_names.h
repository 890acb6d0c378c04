// The names of a partition's files, as Apache Kafka gives them: a segment's and a snapshot's begin
// with 20 digits, the base offset or the offset below which the snapshot knows every record.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"

namespace daybook::log {

inline constexpr std::string_view kLogSuffix = ".log";
inline constexpr std::string_view kIndexSuffix = ".index";
inline constexpr std::string_view kTimeIndexSuffix = ".timeindex";
inline constexpr std::string_view kAbortedSuffix = ".txnindex";
inline constexpr std::string_view kSnapshotSuffix = ".snapshot";
// Behind the name of a segment's file: compaction writes it, or has written it and it counts.
inline constexpr std::string_view kCleanedSuffix = ".cleaned";
inline constexpr std::string_view kSwapSuffix = ".swap";
inline constexpr std::string_view kNewSuffix = ".new";  // of a file that will replace another
inline constexpr std::string_view kLeaderEpochName = "leader-epoch-checkpoint";
inline constexpr std::string_view kMetadataName = "partition.metadata";
// Ours; Kafka ignores them.
inline constexpr std::string_view kDurableEndName = "durable-end";
inline constexpr std::string_view kLogFrontName = "log-front";

// `<folder>/<20 digits><suffix>`
std::string offset_path(const std::string& folder, Offset offset, std::string_view suffix);
// The offset in `<20 digits><suffix>`; nothing if `name` has not that form.
std::optional<Offset> offset_in_name(std::string_view name, std::string_view suffix);

}  // namespace daybook::log
