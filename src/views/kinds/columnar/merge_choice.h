// Which small files are worth merging: a run of neighbours of about one size. Each row is written
// again a few times in its life, not once for every file that comes.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "views/kinds/columnar/data_file.h"

namespace daybook::views::columnar {

inline constexpr std::size_t kMergeFiles = 16;          // so many neighbours are merged
inline constexpr std::int64_t kMergeBytes = 128 << 20;  // at most, at once
inline constexpr std::int64_t kSmallBytes = 1 << 20;    // sizes: below this,
inline constexpr std::int64_t kMediumBytes = 16 << 20;  // below this, and what stays as it is

struct FileRun {
  std::size_t first = 0;
  std::size_t count = 0;
};

// `group`: of one folder and partition, by offset.
std::optional<FileRun> choose_merge(std::span<const DataFile> group);

}  // namespace daybook::views::columnar
