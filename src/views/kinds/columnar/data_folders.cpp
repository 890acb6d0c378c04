#include "views/kinds/columnar/data_folders.h"

#include <charconv>
#include <map>

#include "base/check.h"
#include "base/report.h"
#include "io/clock.h"
#include "io/names.h"

namespace daybook::views::columnar {
namespace {

constexpr std::string_view kSuffix = ".db";
constexpr std::string_view kReplaced = "replaced-";

using Names = std::set<std::string>;

// Of every folder below `root` that has files in it, by its path below the root.
Status list_files(io::FileSystem& disk, const std::string& root, const std::string& folder,
                  std::map<std::string, Names>& found) {
  DAYBOOK_TRY(const auto entries, disk.list(folder.empty() ? root : root + "/" + folder));
  for (const auto& entry : entries) {
    if (!entry.is_folder) {
      found[folder].insert(entry.name);
      continue;
    }
    const auto below = folder.empty() ? entry.name : folder + "/" + entry.name;
    DAYBOOK_TRY_VOID(list_files(disk, root, below, found));
  }
  return {};
}

std::map<std::string, Names> by_folder(const std::vector<DataFile>& files) {
  std::map<std::string, Names> names;
  for (const auto& file : files) names[file.folder].insert(file.name);
  return names;
}

std::string below(const std::string& root, const std::string& folder) {
  return folder.empty() ? root : root + "/" + folder;
}

}  // namespace

DataFolders::DataFolders(const std::string& database_path)
    : disk_(io::real_file_system()),
      shown_(database_path.substr(0, database_path.size() - kSuffix.size())),
      files_(shown_ + ".files"),
      work_(shown_ + ".work") {
  const auto number = shown_.rfind("/v") + 2;
  const auto* end = shown_.data() + shown_.size();
  const auto parsed = std::from_chars(shown_.data() + number, end, version_);
  DAYBOOK_CHECK(database_path.ends_with(kSuffix) && parsed.ptr == end, "a version's path");
}

Status DataFolders::restore(const std::vector<DataFile>& named, const Names& retired) {
  for (const auto& folder : {files_, shown_, work_}) {
    DAYBOOK_TRY_VOID(disk_.create_folders(folder));
  }
  DAYBOOK_TRY_VOID(remove_replaced());
  DAYBOOK_TRY_VOID(find_out_whether_it_can_replace());
  DAYBOOK_TRY_VOID(restore_files(named, retired));
  return restore_shown(named);
}

Status DataFolders::restore_files(const std::vector<DataFile>& named, const Names& retired) {
  std::map<std::string, Names> found;
  DAYBOOK_TRY_VOID(list_files(disk_, files_, "", found));
  for (const auto& file : named) {
    if (found[file.folder].erase(file.name) == 0) {
      return fail(ErrorCode::kCorrupt, path(file) +
                                           " is missing, and the version's database says that it "
                                           "holds rows: rebuild the view");
    }
  }
  for (const auto& [folder, names] : found) {
    for (const auto& name : names) {
      const auto file = folder.empty() ? name : folder + "/" + name;
      if (!retired.contains(file)) DAYBOOK_TRY_VOID(remove(file));
    }
  }
  return {};
}

Status DataFolders::restore_shown(const std::vector<DataFile>& named) {
  std::map<std::string, Names> found;
  DAYBOOK_TRY_VOID(list_files(disk_, shown_, "", found));
  const auto wanted = by_folder(named);
  for (const auto& [folder, names] : wanted) {
    if (found[folder] != names) DAYBOOK_TRY_VOID(show_only(folder, names));
  }
  // Folders of which none is named may have others below them that are.
  for (const auto& [folder, names] : found) {
    if (wanted.contains(folder)) continue;
    for (const auto& name : names) {
      DAYBOOK_TRY_VOID(disk_.remove(below(shown_, folder) + "/" + name));
    }
  }
  return {};
}

Status DataFolders::find_out_whether_it_can_replace() {
  const auto one = work_ + "/one";
  const auto other = work_ + "/other";
  DAYBOOK_TRY_VOID(disk_.create_folders(one));
  DAYBOOK_TRY_VOID(disk_.create_folders(other));
  const auto exchanged = io::exchange_names(one, other);
  can_replace_ = exchanged.has_value();
  if (can_replace_) return {};
  if (exchanged.error().code != ErrorCode::kUnsupported) return exchanged;
  report(Severity::kWarning, "views",
         "files are not merged: " + exchanged.error().message +
             " (the file system cannot do it in one step)");
  return {};
}

Status DataFolders::make_room(const DataFile& file) {
  return disk_.create_folders(below(files_, file.folder));
}

Status DataFolders::sync(std::vector<DataFile>& written) const {
  Names folders;
  for (auto& file : written) {
    DAYBOOK_TRY(const auto open, disk_.open(path(file), io::OpenMode::kWrite));
    DAYBOOK_TRY_VOID(open->sync());
    DAYBOOK_TRY(const auto size, open->size());
    file.bytes = static_cast<std::int64_t>(size);
    folders.insert(below(files_, file.folder));
  }
  for (const auto& folder : folders) DAYBOOK_TRY_VOID(disk_.sync_directory(folder));
  return {};
}

Status DataFolders::show(const DataFile& file) {
  DAYBOOK_TRY_VOID(disk_.create_folders(below(shown_, file.folder)));
  return io::add_name(path(file), shown_ + "/" + file.path());
}

Status DataFolders::show_only(const std::string& folder, const Names& names) {
  const auto place = below(shown_, folder);
  const auto next = work_ + "/next";
  DAYBOOK_TRY_VOID(disk_.create_folders(place));
  DAYBOOK_TRY(const bool is_left_over, disk_.exists(next));
  if (is_left_over) DAYBOOK_TRY_VOID(disk_.remove_folder(next));
  DAYBOOK_TRY_VOID(disk_.create_folders(next));
  for (const auto& name : names) {
    DAYBOOK_TRY_VOID(io::add_name(below(files_, folder) + "/" + name, next + "/" + name));
  }
  DAYBOOK_TRY_VOID(io::exchange_names(next, place));
  return disk_.rename(next, work_ + "/" + std::string(kReplaced) +
                                std::to_string(io::real_clock().wall().value) + "-" +
                                std::to_string(replaced_++));
}

Status DataFolders::remove(const std::string& path) {
  const auto removed = disk_.remove(files_ + "/" + path);
  if (removed || removed.error().code == ErrorCode::kNotFound) return {};
  return removed;
}

Status DataFolders::remove_replaced() {
  DAYBOOK_TRY(const auto entries, disk_.list(work_));
  const auto oldest_ms =
      io::real_clock().wall().value - std::chrono::milliseconds(kKeptTime).count();
  for (const auto& entry : entries) {
    if (!entry.name.starts_with(kReplaced)) continue;
    std::int64_t at_ms = 0;
    const auto* begin = entry.name.data() + kReplaced.size();
    std::from_chars(begin, entry.name.data() + entry.name.size(), at_ms);
    if (at_ms < oldest_ms) DAYBOOK_TRY_VOID(disk_.remove_folder(work_ + "/" + entry.name));
  }
  return {};
}

}  // namespace daybook::views::columnar
