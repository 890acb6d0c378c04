#include "log/compaction/segment_replacement.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "log/file_names.h"
#include "log/segment/segment_reader.h"

namespace daybook::log {
namespace {

constexpr std::array kIndexes = {kIndexSuffix, kTimeIndexSuffix, kAbortedSuffix};
constexpr std::array kFiles = {kIndexSuffix, kTimeIndexSuffix, kAbortedSuffix, kLogSuffix};

std::string path_of(const std::string& folder, Offset base, std::string_view suffix,
                    std::string_view stage) {
  return offset_path(folder, base, suffix) + std::string(stage);
}

Status remove_if_there(io::FileSystem& fs, const std::string& path) {
  Status removed = fs.remove(path);
  if (!removed && removed.error().code == ErrorCode::kNotFound) return {};
  return removed;
}

// The next stage of a file; nothing to do if it has reached it.
Status advance(io::FileSystem& fs, const std::string& folder, Offset base, std::string_view suffix,
               std::string_view from, std::string_view to) {
  Status renamed =
      fs.rename(path_of(folder, base, suffix, from), path_of(folder, base, suffix, to));
  if (!renamed && renamed.error().code == ErrorCode::kNotFound) return {};
  return renamed;
}

}  // namespace

Status commit_replacement(io::FileSystem& fs, const std::string& folder, Offset base) {
  for (const std::string_view suffix : kIndexes) {
    DAYBOOK_TRY_VOID(advance(fs, folder, base, suffix, kCleanedSuffix, kSwapSuffix));
  }
  DAYBOOK_TRY_VOID(fs.sync_directory(folder));
  DAYBOOK_TRY_VOID(fs.rename(path_of(folder, base, kLogSuffix, kCleanedSuffix),
                             path_of(folder, base, kLogSuffix, kSwapSuffix)));
  return fs.sync_directory(folder);
}

Status finish_replacement(io::FileSystem& fs, const std::string& folder, Offset base,
                          const std::vector<Offset>& replaced) {
  for (const Offset old : replaced) {
    for (const std::string_view suffix : kFiles) {
      DAYBOOK_TRY_VOID(remove_if_there(fs, offset_path(folder, old, suffix)));
    }
  }
  for (const std::string_view suffix : kIndexes) {
    DAYBOOK_TRY_VOID(advance(fs, folder, base, suffix, kSwapSuffix, ""));
  }
  // As long as the .swap is there, a restart removes what it replaces.
  DAYBOOK_TRY_VOID(fs.sync_directory(folder));
  DAYBOOK_TRY_VOID(advance(fs, folder, base, kLogSuffix, kSwapSuffix, ""));
  return fs.sync_directory(folder);
}

Status drop_replacement(io::FileSystem& fs, const std::string& folder, Offset base) {
  for (const std::string_view suffix : kFiles) {
    for (const std::string_view stage : {kSwapSuffix, kCleanedSuffix}) {
      DAYBOOK_TRY_VOID(remove_if_there(fs, path_of(folder, base, suffix, stage)));
    }
  }
  return {};
}

Result<bool> recover_replacements(io::FileSystem& fs, const std::string& folder,
                                  const std::vector<std::string>& names) {
  const std::string committed_suffix = std::string(kLogSuffix) + std::string(kSwapSuffix);
  bool changed = false;
  std::vector<Offset> committed;
  for (const std::string& name : names) {
    if (const auto base = offset_in_name(name, committed_suffix)) committed.push_back(*base);
  }
  for (const Offset base : committed) {
    SegmentView view{base, nullptr, std::nullopt};
    view.swapped = true;
    DAYBOOK_TRY(const auto reader, SegmentReader::open(fs, folder, std::move(view)));
    DAYBOOK_TRY(const Offset end, reader.end_offset());
    std::vector<Offset> replaced;
    for (const std::string& name : names) {
      const auto other = offset_in_name(name, kLogSuffix);
      if (other && *other > base && *other < end) replaced.push_back(*other);
    }
    DAYBOOK_TRY_VOID(finish_replacement(fs, folder, base, replaced));
    changed = true;
  }
  for (const std::string& name : names) {
    if (!name.ends_with(kCleanedSuffix) && !name.ends_with(kSwapSuffix)) continue;
    DAYBOOK_TRY_VOID(remove_if_there(fs, fmt::format("{}/{}", folder, name)));
    changed = true;
  }
  return changed;
}

}  // namespace daybook::log
