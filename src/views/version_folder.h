// The versions of a view that are on disk: <folder>/v<N>.db, with SQLite's -wal and -shm beside
// each, and what its kind keeps outside of the database: the folder v<N>, and files and folders
// whose names begin with "v<N>.".

#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "io/file_system.h"
#include "views/view_file.h"

namespace daybook::views {

// By number, ascending. A file that was being made when the process died is none.
Result<std::vector<ViewFileInfo>> list_versions(io::FileSystem& files, const std::string& folder);

// The first number that no file in the folder has or had beside it.
Result<int> next_version(io::FileSystem& files, const std::string& folder);

Status remove_version(io::FileSystem& files, const std::string& folder, int version);

// Removes every version but these.
Status remove_other_versions(io::FileSystem& files, const std::string& folder,
                             const std::vector<int>& keep);

}  // namespace daybook::views
