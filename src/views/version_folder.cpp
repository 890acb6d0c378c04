#include "views/version_folder.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include "views/sqlite/database.h"

namespace daybook::views {
namespace {

// N of "v<N>" and of what begins with "v<N>.".
std::optional<int> version_of(std::string_view name) {
  if (!name.starts_with('v')) return std::nullopt;
  int version = 0;
  const auto [end, error] = std::from_chars(name.data() + 1, name.data() + name.size(), version);
  const std::string_view rest(end, static_cast<std::size_t>(name.data() + name.size() - end));
  const bool is_ours = rest.empty() || rest.starts_with('.');
  if (error != std::errc{} || !is_ours || version < 1) return std::nullopt;
  return version;
}

Result<std::set<int>> numbers(io::FileSystem& files, const std::string& folder) {
  DAYBOOK_TRY(const auto entries, files.list(folder));
  std::set<int> found;
  for (const auto& entry : entries) {
    if (const auto version = version_of(entry.name)) found.insert(*version);
  }
  return found;
}

Status remove_entry(io::FileSystem& files, const std::string& folder, const io::Entry& entry) {
  const auto path = folder + "/" + entry.name;
  return entry.is_folder ? files.remove_folder(path) : files.remove(path);
}

Result<bool> is_empty(sqlite::Database& database) {
  DAYBOOK_TRY(auto select, database.prepare("SELECT 1 FROM sqlite_schema LIMIT 1"));
  DAYBOOK_TRY(const bool has_row, select.step());
  return !has_row;
}

}  // namespace

Result<std::vector<ViewFileInfo>> list_versions(io::FileSystem& files, const std::string& folder) {
  DAYBOOK_TRY(const auto found, numbers(files, folder));
  std::vector<ViewFileInfo> versions;
  for (const int number : found) {
    const auto path = version_path(folder, number);
    DAYBOOK_TRY(const bool exists, files.exists(path));
    if (!exists) continue;
    // Opened for writing, because that is what brings a file back to order after a crash.
    DAYBOOK_TRY(auto database, sqlite::Database::open(path, sqlite::Database::Mode::kReadWrite));
    DAYBOOK_TRY(const bool empty, is_empty(database));
    if (empty) continue;
    DAYBOOK_TRY(auto info, read_info(database));
    info.version = number;
    versions.push_back(std::move(info));
  }
  return versions;
}

Result<int> next_version(io::FileSystem& files, const std::string& folder) {
  DAYBOOK_TRY(const auto found, numbers(files, folder));
  return found.empty() ? 1 : *found.rbegin() + 1;
}

Status remove_version(io::FileSystem& files, const std::string& folder, int version) {
  DAYBOOK_TRY(const auto entries, files.list(folder));
  for (const auto& entry : entries) {
    if (version_of(entry.name) == version) DAYBOOK_TRY_VOID(remove_entry(files, folder, entry));
  }
  return {};
}

Status remove_other_versions(io::FileSystem& files, const std::string& folder,
                             const std::vector<int>& keep) {
  DAYBOOK_TRY(const auto entries, files.list(folder));
  for (const auto& entry : entries) {
    const auto version = version_of(entry.name);
    if (!version || std::ranges::find(keep, *version) != keep.end()) continue;
    DAYBOOK_TRY_VOID(remove_entry(files, folder, entry));
  }
  return {};
}

}  // namespace daybook::views
