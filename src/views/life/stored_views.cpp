#include "views/life/stored_views.h"

#include <algorithm>

#include "views/life/lineup.h"
#include "views/version_reader.h"
#include "views/view_file.h"

namespace daybook::views {
namespace {

// Those that can be read by now: one that is being made is none yet.
Result<std::vector<ViewFileInfo>> read_versions(io::FileSystem& files, const std::string& folder) {
  DAYBOOK_TRY(const auto entries, files.list(folder));
  std::vector<ViewFileInfo> versions;
  for (const auto& entry : entries) {
    if (!entry.name.starts_with('v') || !entry.name.ends_with(".db")) continue;
    const auto reader = VersionReader::open(folder + "/" + entry.name);
    if (!reader && reader.error().code == ErrorCode::kCorrupt) continue;
    if (!reader) return std::unexpected(reader.error());
    versions.push_back((*reader)->info());
  }
  std::ranges::sort(versions, {}, &ViewFileInfo::version);
  return versions;
}

}  // namespace

bool StoredView::has(const std::string& definition) const {
  return std::ranges::any_of(definitions, [&](const std::string& stored) {
    return stored.empty() || stored == definition;
  });
}

Result<std::vector<StoredView>> stored_views(io::FileSystem& files,
                                             const std::string& state_folder) {
  const std::string root = state_folder + "/views";
  std::vector<StoredView> views;
  DAYBOOK_TRY(const bool is_there, files.exists(root));
  if (!is_there) return views;
  DAYBOOK_TRY(const auto folders, files.list(root));
  for (const auto& entry : folders) {
    if (!entry.is_folder) continue;
    const std::string folder = root + "/" + entry.name;
    DAYBOOK_TRY(const auto versions, read_versions(files, folder));
    DAYBOOK_TRY(const auto lineup, read_lineup(files, folder, versions));
    if (lineup.serving == 0) continue;
    StoredView view{entry.name, lineup.serving, {}};
    for (const int version : lineup.versions()) {
      const auto found = std::ranges::find(versions, version, &ViewFileInfo::version);
      if (found != versions.end()) view.definitions.push_back(found->definition);
    }
    views.push_back(std::move(view));
  }
  return views;
}

}  // namespace daybook::views
