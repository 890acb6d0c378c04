#include "views/kinds/columnar/merge_choice.h"

namespace daybook::views::columnar {
namespace {

enum class Size : std::uint8_t { kSmall, kMedium, kLarge };

Size size_of(const DataFile& file) {
  if (file.bytes < kSmallBytes) return Size::kSmall;
  return file.bytes < kMediumBytes ? Size::kMedium : Size::kLarge;
}

}  // namespace

std::optional<FileRun> choose_merge(std::span<const DataFile> group) {
  for (std::size_t first = 0; first < group.size();) {
    const auto size = size_of(group[first]);
    std::size_t next = first;
    std::int64_t bytes = 0;
    while (next < group.size() && size_of(group[next]) == size && bytes < kMergeBytes) {
      bytes += group[next++].bytes;
    }
    if (size != Size::kLarge && (next - first >= kMergeFiles || bytes >= kMergeBytes)) {
      return FileRun{first, next - first};
    }
    first = next;
  }
  return std::nullopt;
}

}  // namespace daybook::views::columnar
