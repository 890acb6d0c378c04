#include "log/recovery/folder_contents.h"

#include <fmt/format.h>

#include <algorithm>

#include "log/file_names.h"

namespace daybook::log {
namespace {

// Of a file that is read whole; the largest index or snapshot is below 32 MB.
constexpr std::uint64_t kMaxSmallFileBytes = 64u << 20;

}  // namespace

Result<FolderContents> look_at(io::FileSystem& fs, const std::string& folder) {
  DAYBOOK_TRY(const auto entries, fs.list(folder));
  FolderContents found;
  std::vector<std::pair<Offset, std::string>> indexes;
  for (const io::Entry& entry : entries) {
    found.names.push_back(entry.name);
    if (const auto base = offset_in_name(entry.name, kLogSuffix)) found.segments.push_back(*base);
    if (const auto base = offset_in_name(entry.name, kAbortedSuffix)) {
      found.with_aborted.insert(*base);
    }
    for (const std::string_view suffix : {kIndexSuffix, kTimeIndexSuffix, kAbortedSuffix}) {
      if (const auto base = offset_in_name(entry.name, suffix)) {
        indexes.emplace_back(*base, fmt::format("{}/{}", folder, entry.name));
      }
    }
    if (entry.name.ends_with(kNewSuffix)) {
      found.orphans.push_back(fmt::format("{}/{}", folder, entry.name));
    }
    if (const auto offset = offset_in_name(entry.name, kSnapshotSuffix)) {
      found.snapshots.push_back(*offset);
    }
  }
  std::ranges::sort(found.segments);
  for (auto& [base, path] : indexes) {
    if (!std::ranges::binary_search(found.segments, base)) {
      found.orphans.push_back(std::move(path));
    }
  }
  std::erase_if(found.with_aborted,
                [&](Offset base) { return !std::ranges::binary_search(found.segments, base); });
  std::ranges::sort(found.snapshots, std::greater<>());
  return found;
}

Result<Bytes> read_small(io::FileSystem& fs, const std::string& path) {
  const auto file = fs.open(path, io::OpenMode::kRead);
  if (!file && file.error().code == ErrorCode::kNotFound) return Bytes{};
  if (!file) return std::unexpected(file.error());
  DAYBOOK_TRY(const std::uint64_t size, (*file)->size());
  Bytes bytes(std::min(size, kMaxSmallFileBytes));
  DAYBOOK_TRY(const std::size_t n, (*file)->read_at(0, bytes));
  bytes.resize(n);
  return bytes;
}

}  // namespace daybook::log
